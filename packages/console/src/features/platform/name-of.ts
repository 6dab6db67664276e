const longest = 28

/** A name that can stand in addresses, made of what people call something: `Web shop` → `web-shop`. Empty where nothing is left. */
export function nameOf(title: string): string {
  return title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+/, '')
    .slice(0, longest)
    .replace(/-+$/, '')
}
