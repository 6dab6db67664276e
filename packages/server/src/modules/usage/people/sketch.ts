/** Bits of a hash that choose a register: 2^14 of them give a standard error of 0.81 %. */
const indexBits = 14
const registerCount = 1 << indexBits
/** While there are few, more bits choose among more registers, nearly all of which are empty: then few are told apart. */
const fineBits = 20
const fineCount = 1 << fineBits
/** Bits of a fine register that do not choose a coarse one. */
const spareBits = fineBits - indexBits
/** Bits that remain, of 64. */
const rankBits = 64 - indexBits
/** Fine registers that are kept one by one; beyond, a list of all coarse ones takes less. */
const mostFine = 2048
const form = { fine: 1, dense: 2 }

/**
 * How many different ones there were, in 12 kB at most, without any of them: HyperLogLog. Of each hash only a few bits and how many
 * zeros follow them are used, and of all with the same bits only the most zeros stay.
 */
export class Sketch {
  /** Ranks by fine register. */
  #fine: Map<number, number> | undefined = new Map()
  #dense: Uint8Array | undefined

  /** @param hash at least 8 bytes, every value as likely as another */
  add(hash: Buffer): void {
    const high = hash.readUInt32BE(0)
    const rest = (high << fineBits) >>> 0
    const zeros = rest !== 0 ? Math.clz32(rest) : 32 - fineBits + Math.clz32(hash.readUInt32BE(4))
    this.#raise(high >>> (32 - fineBits), zeros + 1)
  }

  /** Adds what another one has seen; tells whether that changed anything. */
  merge(other: Sketch): boolean {
    let isChanged = false
    if (other.#fine !== undefined)
      for (const [index, rank] of other.#fine) isChanged = this.#raise(index, rank) || isChanged
    else {
      isChanged = this.#coarsen()
      for (const [index, rank] of other.#dense!.entries())
        if (rank > 0) isChanged = this.#raiseDense(index, rank) || isChanged
    }
    return isChanged
  }

  /**
   * How many there were: of few by how many registers are empty, of many by O. Ertl's estimator, which needs no table of
   * corrections.
   */
  count(): number {
    if (this.#fine !== undefined) return Math.round(-fineCount * Math.log1p(-this.#fine.size / fineCount))
    const histogram = new Array<number>(rankBits + 2).fill(0)
    for (const rank of this.#dense!) histogram[rank]!++
    let z = registerCount * tau(1 - histogram[rankBits + 1]! / registerCount)
    for (let rank = rankBits; rank >= 1; rank--) z = 0.5 * (z + histogram[rank]!)
    z += registerCount * sigma(histogram[0]! / registerCount)
    return Math.round((registerCount * registerCount) / (2 * Math.LN2 * z))
  }

  /** As bytes: four for each register while there are few, six bits for each of all then. */
  write(): Buffer {
    if (this.#dense !== undefined) return writeDense(this.#dense)
    const sorted = [...this.#fine!].sort(([a], [b]) => a - b)
    const bytes = Buffer.alloc(1 + 4 * sorted.length)
    bytes[0] = form.fine
    sorted.forEach(([index, rank], i) => bytes.writeUInt32BE(index * 64 + rank, 1 + 4 * i))
    return bytes
  }

  static read(bytes: Buffer): Sketch {
    const sketch = new Sketch()
    if (bytes[0] === form.fine)
      for (let at = 1; at < bytes.length; at += 4) {
        const one = bytes.readUInt32BE(at)
        sketch.#raise(one >>> 6, one & 63)
      }
    else if (bytes[0] === form.dense) {
      sketch.#fine = undefined
      sketch.#dense = readDense(bytes)
    } else throw new RangeError('this sketch was written by a newer version')
    return sketch
  }

  /** @param index of a fine register */
  #raise(index: number, rank: number): boolean {
    if (this.#fine === undefined) {
      const spare = index & ((1 << spareBits) - 1)
      const coarseRank = spare === 0 ? spareBits + rank : Math.clz32(spare) - (32 - spareBits) + 1
      return this.#raiseDense(index >>> spareBits, coarseRank)
    }
    if ((this.#fine.get(index) ?? 0) >= rank) return false
    this.#fine.set(index, rank)
    if (this.#fine.size > mostFine) this.#coarsen()
    return true
  }

  #raiseDense(index: number, rank: number): boolean {
    if (this.#dense![index]! >= rank) return false
    this.#dense![index] = rank
    return true
  }

  /** From few fine registers to all coarse ones; tells whether it had fine ones. */
  #coarsen(): boolean {
    const fine = this.#fine
    if (fine === undefined) return false
    this.#fine = undefined
    this.#dense = new Uint8Array(registerCount)
    for (const [index, rank] of fine) this.#raise(index, rank)
    return true
  }
}

/** Four registers in three bytes. */
function writeDense(registers: Uint8Array): Buffer {
  const bytes = Buffer.alloc(1 + (registerCount * 3) / 4)
  bytes[0] = form.dense
  for (let i = 0, at = 1; i < registerCount; i += 4, at += 3)
    bytes.writeUIntBE(
      (registers[i]! << 18) | (registers[i + 1]! << 12) | (registers[i + 2]! << 6) | registers[i + 3]!,
      at,
      3,
    )
  return bytes
}

function readDense(bytes: Buffer): Uint8Array {
  const registers = new Uint8Array(registerCount)
  for (let i = 0, at = 1; i < registerCount; i += 4, at += 3) {
    const four = bytes.readUIntBE(at, 3)
    registers[i] = four >>> 18
    registers[i + 1] = (four >>> 12) & 63
    registers[i + 2] = (four >>> 6) & 63
    registers[i + 3] = four & 63
  }
  return registers
}

/** x + Σ x^(2^k) · 2^(k-1): what registers that nobody has touched tell. */
function sigma(x: number): number {
  if (x === 1) return Infinity
  let sum = x
  let power = x
  let factor = 1
  for (let before = -1; sum !== before;) {
    before = sum
    power *= power
    sum += power * factor
    factor *= 2
  }
  return sum
}

/** (1 - x - Σ (1 - x^(2^-k))² · 2^-k) / 3: the same for those that cannot rise any more. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let sum = 1 - x
  let root = x
  let factor = 1
  for (let before = -1; sum !== before;) {
    before = sum
    root = Math.sqrt(root)
    factor *= 0.5
    sum -= (1 - root) ** 2 * factor
  }
  return sum / 3
}
