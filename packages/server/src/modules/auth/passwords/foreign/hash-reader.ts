/** Tells whether a password is the one of the hash that was read. */
export type Verify = (password: string) => Promise<boolean>

/** Reads the stored texts of one kind of password hash. */
export interface HashReader {
  /** What a text of this kind starts with. */
  readonly start: RegExp
  /**
   * Reads a text that starts like this kind.
   * @throws HashMistake when the rest is not as it should be, or would cost too much to verify
   */
  read(text: string): Verify
}

/** Why a text is no hash we can verify; the message is for who imports users. */
export class HashMistake extends Error {}

/** Bytes a verification may take, whatever an imported hash says. */
export const maxMemoryBytes = 256 * 1024 * 1024
