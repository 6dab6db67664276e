/** What many people take for a password, in lower case. Whatever repeats or counts is left to a rule. */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
  00001111 0987654321 10203040 1029384756 11112222 11223344 1122334455 112233445566 123321123 12344321
  123454321 1234554321 1234567890 1234567891 12345678910 123456789a 12345678a 123456abc 12345abc
  1234abcd 1234qwer 123qweasd 123qweasdzxc 147258369 159357456 159753456 1a2b3c4d 1q2w3e 1q2w3e4r
  1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 31415926 5201314520 741852963 789456123
  963852741 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 aa123456 aa12345678 abc123 abc12345 abc123456
  abc1234567 abcd1234 abcd12345 abcde12345 abcdef123 access123 access14 admin1 admin123 admin1234
  admin12345 admin@123 admin@1234 adminadmin administrador administrator alexander alexandra angel123
  arsenal1 arsenal123 asdf1234 asdfghjk asdfghjkl asdfqwer ashley123 autumn2024 azerty azerty123
  azertyui azertyuiop bailey123 barcelona baseball baseball1 basketball batman123 benjamin blink182
  blueberry buster123 butterfly changeit changeit1 changeme changeme1 changeme123 charlie1 charlie123
  charlotte cheese123 chelsea1 chocolate chocolate1 christian computer computer1 contrasena contraseña
  cookie123 corvette cowboys1 danielle1 december default1 default123 dragon dragon123 dragonball
  elizabeth facebook1 facebook123 february ferrari1 flower123 football football1 fortnite1 freedom1
  ginger123 google123 guest123 guest1234 harley123 haslo123 heaven123 hello123 hello1234 hellohello
  helloworld hockey123 hunter123 hunter2hunter ilovegod ilovejesus iloveu iloveu123 iloveyou iloveyou!
  iloveyou1 iloveyou123 iloveyou2 internet jennifer jessica1 jesus123 jesuschrist jonathan jordan23
  juventus killer123 lakers24 letmein letmein! letmein1 letmein12 letmein123 linkedin1 liverpool
  liverpool1 lkjhgfdsa login123 loveme123 loveyou1 maggie123 manchester master123 matrix123 mercedes
  metallica michael1 michelle midnight minecraft minecraft1 mnbvcxz1 monkey monkey123 motdepasse
  mustang1 mylove123 mypassword naruto123 newpassword nicholas nirvana1 nopassword november p@$$w0rd
  p@$$word p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword p@ssword1 pa$$w0rd pa$$word parola123 pass1234
  pass12345 pass123456 pass@123 pass@1234 passw0rd passw0rd! passw0rd1 password password! password01
  password1 password1! password11 password12 password123 password123! password1234 password12345
  password123456 password2 password@123 passwort passwort1 passwort123 patricia pepper123 poiuytrewq
  pokemon1 pokemon123 porsche1 princesa princess princess1 q123456789 q1w2e3r4 q1w2e3r4t5 qazwsx123
  qazwsxedc qq123456 qweasd123 qweasdzxc qwer1234 qwerty qwerty!@# qwerty12 qwerty123 qwerty1234
  qwerty12345 qwerty123456 qwerty321 qwertyui qwertyuiop qwertyuiop123 qwertz qwertz123 qwertzui
  qwertzuiop realmadrid robert123 roblox123 root1234 samantha1 samsung1 samsung123 secret123
  secret1234 senha123 september shadow12 shadow123 slipknot snoopy123 soccer123 softball spiderman
  spiderman1 spring2024 starwars starwars1 steelers stephanie strawberry summer123 summer2023
  summer2024 summer2025 sunshine sunshine1 superman superman1 supersecret te_amo123 teamomucho
  temp1234 temporary tequieromucho test1234 test12345 test@123 testing1 testing123 thepassword
  thomas123 tigger123 toor1234 topsecret trustno1 trustnoone user1234 veronica victoria volleyball
  wachtwoord wang123456 welcome welcome! welcome1 welcome12 welcome123 welcome1234 welcome@123
  whatever whatever1 william1 winter123 winter2024 woaini1314 yankees1 yourpassword zaq12wsx zaq1xsw2
  zxcvbnm, zxcvbnm1 zxcvbnm123 zz123456
`
    .trim()
    .split(/\s+/),
)
