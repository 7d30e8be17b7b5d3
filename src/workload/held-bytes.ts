/** The part of a stream that may still be asked for, by offsets into the whole of it. */
export class HeldBytes {
  #chunks: Uint8Array[] = [];
  /** Offset of the first byte held. */
  #from = 0;

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  /** Lets go of whole chunks before an offset. */
  forget(before: number): void {
    let [first] = this.#chunks;
    while (first !== undefined && this.#from + first.length <= before) {
      this.#from += first.length;
      this.#chunks.shift();
      [first] = this.#chunks;
    }
  }

  /** A copy of what lies between two offsets; `end` left out: of all that was added. */
  slice(start: number, end = Number.POSITIVE_INFINITY): Uint8Array {
    return Buffer.concat(this.#chunks).subarray(start - this.#from, end - this.#from);
  }
}
