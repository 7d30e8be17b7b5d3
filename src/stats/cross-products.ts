/** What a fit leaves: sum of squares of y with its degrees of freedom, and what launches and rounds add to its expectation. */
export interface Left {
  readonly squares: number;
  readonly degrees: number;
  readonly ofLaunches: number;
  readonly ofRounds: number;
}

/** Below this share of what it was, what is left of a column is rounding. */
const tiny = 1e-9;

/**
 * Cross products of the columns query | launch | round | y, from which fitting a column takes what it explains out of all
 * that follow (the SWEEP operator without its inverse: J. H. Goodnight, The American Statistician 33 (1979)).
 */
export class CrossProducts {
  readonly #rows: Float64Array[];
  readonly #ends: Readonly<Record<'query' | 'launch' | 'round', number>>;
  /** How many values each column has. */
  readonly #counts: number[];
  #values = 0;
  #rank = 0;
  #fitted = 0;

  constructor(queries: number, launches: number, rounds: number) {
    this.#ends = { query: queries, launch: queries + launches, round: queries + launches + rounds };
    this.#rows = Array.from({ length: this.#ends.round + 1 }, () => new Float64Array(this.#ends.round + 1));
    this.#counts = this.#rows.map(() => 0);
  }

  /** Adds one value; columns count from 0, rounds through all launches. */
  add(query: number, launch: number, round: number, y: number): void {
    const columns = [query, this.#ends.query + launch, this.#ends.launch + round];
    const entries = [...columns.map((at) => [at, 1] as const), [this.#ends.round, y] as const];
    for (const [at, one] of entries) {
      const row = this.#rows[at] as Float64Array;
      for (const [other, two] of entries) row[other] = (row[other] ?? 0) + one * two;
    }
    for (const at of columns) this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#values += 1;
  }

  /** Fits the columns up to the last of `block`; blocks come in their order. */
  fit(block: 'query' | 'launch' | 'round'): Left {
    const { query, launch, round } = this.#ends;
    for (; this.#fitted < this.#ends[block]; this.#fitted += 1) {
      const isNew = this.#diagonal(this.#fitted) > tiny * (this.#counts[this.#fitted] ?? 0);
      if (isNew) this.#takeOut(this.#fitted);
      this.#rank += isNew ? 1 : 0;
    }
    return {
      squares: Math.max(0, this.#diagonal(round)),
      degrees: this.#values - this.#rank,
      ofLaunches: this.#trace(Math.max(this.#fitted, query), launch),
      ofRounds: this.#trace(Math.max(this.#fitted, launch), round),
    };
  }

  #takeOut(column: number): void {
    const pivot = this.#rows[column] as Float64Array;
    for (let at = column + 1; at < this.#rows.length; at += 1) {
      const factor = (pivot[at] ?? 0) / (pivot[column] ?? 1);
      if (factor === 0) continue;
      const row = this.#rows[at] as Float64Array;
      for (let other = column + 1; other < row.length; other += 1) {
        row[other] = (row[other] ?? 0) - factor * (pivot[other] ?? 0);
      }
    }
  }

  #diagonal(at: number): number {
    return this.#rows[at]?.[at] ?? 0;
  }

  #trace(from: number, to: number): number {
    let sum = 0;
    for (let at = from; at < to; at += 1) sum += this.#diagonal(at);
    return sum > tiny * this.#values ? sum : 0;
  }
}
