type ReadClaims =
  | { readonly claims: Readonly<Record<string, unknown>> | null; readonly mistake?: undefined }
  | { readonly claims?: undefined; readonly mistake: string }

/** Claims as somebody types them: a JSON object, or nothing. */
export function readClaims(text: string): ReadClaims {
  if (text.trim() === '') return { claims: null }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { mistake: `This is no JSON: ${(error as Error).message}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { mistake: 'This has to be an object, such as {"plan": "pro"}.' }
  return { claims: value as Readonly<Record<string, unknown>> }
}
