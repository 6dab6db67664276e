/** What made-up values are made of. */
export const firstNames =
  'Ada Alan Amina Barbara Carlos Chen Dorothy Edsger Elif Emmy Fatima Grace Hana Igor Ines Jonas Katherine Kofi Lena Linus Maja Margaret Mateo Nadia Noor Olga Paolo Radia Sofia Tim Wanjiru Yuki'.split(
    ' ',
  )
export const lastNames =
  'Adeyemi Almeida Bauer Becker Castillo Dubois Eriksson Fischer Garcia Haddad Hopper Ivanova Jensen Johnson Kaya Kowalski Lamarr Lovelace Moreau Nakamura Novak Okafor Park Rossi Santos Schmidt Silva Tanaka Turing Vega Weber Zhang'.split(
    ' ',
  )
export const cities =
  'Accra Amsterdam Berlin Bern Bogotá Cairo Dublin Hanoi Helsinki Istanbul Kyoto Lagos Lima Lisbon Lyon Madrid Milan Montréal Nairobi Oslo Porto Prague Quito Riga Seoul Turin Vienna Warsaw Zürich'.split(
    ' ',
  )
export const countries =
  'Austria Brazil Canada Colombia Egypt Finland France Germany Ghana Ireland Italy Japan Kenya Nigeria Norway Peru Poland Portugal Spain Switzerland Turkey Vietnam'.split(
    ' ',
  )
export const companies =
  'Acorn Atlas Beacon Cedar Compass Drift Ember Fable Granite Harbor Juniper Lantern Maple Meridian North Orchard Pebble Quill River Summit Tandem Willow'.split(
    ' ',
  )
export const words =
  'amber bridge careful copper corner daily early fresh garden gentle green harbour honest island kitchen later letter light little market meadow morning number open orange paper plain quick quiet ready river round second silver simple small stone summer table timber travel useful warm water weekly window winter wooden yellow'.split(
    ' ',
  )
