/** One measured number. */
export interface Figure {
  /** With its unit, `memory_used_bytes`. */
  readonly name: string;
  readonly help: string;
  readonly value: number;
  /** The card it was measured on, by its number. */
  readonly gpu?: string;
}
