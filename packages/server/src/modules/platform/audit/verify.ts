import type { Database } from '../../../kernel/db.ts'
import { sql } from '../../../kernel/sql.ts'
import type { Vault } from '../../../kernel/vault.ts'
import { hashEntry } from './entry.ts'
import { readChain } from './read-entries.ts'
import { auditKey } from './record.ts'

/** What was found wrong, and at which entry. */
export interface AuditFault {
  readonly number: number
  readonly fault: 'changed' | 'missing' | 'unexpected'
  readonly message: string
}

export interface AuditVerdict {
  readonly isWhole: boolean
  readonly entries: number
  /** The newest entry, to be kept elsewhere: a later check that is given it also finds a chain that was cut short. */
  readonly head: { readonly number: number; readonly hash: string }
  readonly faults: readonly AuditFault[]
}

const pieceSize = 1000
const mostFaults = 20

/**
 * Goes through the whole chain of an organisation and finds every entry that was changed, left out, added or moved.
 * @param known a head that an earlier check answered
 */
export async function verifyAudit(
  db: Database,
  vault: Vault,
  organisationId: string,
  known?: { readonly number: number; readonly hash: string },
): Promise<AuditVerdict> {
  // One moment for the chain and all its entries, however long it takes.
  return db.transaction(
    async tx => {
      const [chain] = await tx.query<{ number: string; hash: string; first: string; before: string }>(sql`
        select number, encode(hash, 'hex') as hash, first_number as first, encode(first_hash, 'hex') as before
        from cloudbox.platform_audit_chains where organisation_id = ${organisationId}`)
      const head = { number: Number(chain?.number ?? 0), hash: chain?.hash ?? '' }
      const faults: AuditFault[] = []
      const find = (number: number, fault: AuditFault['fault'], message: string) => {
        if (faults.length < mostFaults) faults.push({ number, fault, message })
      }
      const key = auditKey(vault, organisationId)
      let expected = Number(chain?.first ?? 1)
      let previous = Buffer.from(chain?.before ?? '', 'hex')
      let entries = 0
      let isKnownSeen = known === undefined || (known.number === 0 && known.hash === '')
      // What stands before the beginning was put there by somebody else.
      let from = 0
      for (;;) {
        const piece = await readChain(tx, organisationId, from, pieceSize)
        for (const { entry, hash } of piece) {
          const { number } = entry
          if (number < expected)
            find(number, 'unexpected', `Entry ${number} stands before the beginning of the chain.`)
          else {
            if (number > expected)
              find(expected, 'missing', `Entries ${expected} to ${number - 1} are missing.`)
            const own = hashEntry(key, previous, entry)
            // After a gap nothing can be said of the first entry behind it.
            if (number === expected && !own.equals(hash))
              find(number, 'changed', `Entry ${number} is not as it was written.`)
            previous = Buffer.from(hash)
            expected = number + 1
            entries++
          }
          if (number === known?.number) {
            isKnownSeen = true
            if (hash.toString('hex') !== known.hash)
              find(number, 'changed', `Entry ${number} is not the one that was known.`)
          }
        }
        if (piece.length < pieceSize) break
        from = piece.at(-1)!.entry.number + 1
      }
      if (expected - 1 < head.number)
        find(expected, 'missing', `Entries ${expected} to ${head.number} are missing.`)
      else if (expected - 1 > head.number)
        find(head.number + 1, 'unexpected', `Entries from ${head.number + 1} on do not belong to the chain.`)
      else if (entries > 0 && previous.toString('hex') !== head.hash)
        find(head.number, 'changed', 'The newest entry is not the one the chain ends with.')
      if (!isKnownSeen && known!.number > head.number)
        find(known!.number, 'missing', `Entry ${known!.number} was known, and is missing.`)
      return { isWhole: faults.length === 0, entries, head, faults }
    },
    { isolation: 'repeatable read' },
  )
}
