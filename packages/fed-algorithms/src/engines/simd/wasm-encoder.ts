/** What WebAssembly's binary format needs of code that is made at run time: one function of i32 parameters over a shared memory. */

/** Bytes, nested as it was convenient to write them. */
export type Code = number | readonly Code[];

export const I32 = 0x7f;
export const V128 = 0x7b;
const FUNCTION = 0x60;
const EXPORTED_FUNCTION = 0;
const IMPORTED_MEMORY = 2;
const SHARED_WITH_MAXIMUM = 3;

export interface FunctionSource {
  /** Number of i32 parameters; they are locals 0, 1, … */
  readonly parameters: number;
  /** Further locals: how many of which type, in order. */
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly code: Code;
  /** Most pages of the shared memory, imported as env.memory. */
  readonly mostPages: number;
}

/** A module that exports the function as `run`. */
export function encodeModule({ parameters, locals, code, mostPages }: FunctionSource): Uint8Array {
  const types = Array.from({ length: parameters }, () => I32);
  const body = [list(locals.map(([count, type]) => [unsigned(count), type])), code, op.end];
  const memory = [name('env'), name('memory'), IMPORTED_MEMORY, SHARED_WITH_MAXIMUM, 1, unsigned(mostPages)];
  return Uint8Array.from(
    bytesOf([
      [0, ascii('asm'), 1, 0, 0, 0],
      section(1, [[FUNCTION, list(types), 0]]),
      section(2, [memory]),
      section(3, [0]),
      section(7, [[name('run'), EXPORTED_FUNCTION, 0]]),
      section(10, [sized(body)]),
    ]),
  );
}

/** LEB128. */
function unsigned(value: number): readonly number[] {
  if (value < 128) return [value];
  return [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function bytesOf(code: Code, into: number[] = []): number[] {
  if (typeof code === 'number') into.push(code);
  else for (const part of code) bytesOf(part, into);
  return into;
}

const sized = (code: Code): Code => {
  const bytes = bytesOf(code);
  return [unsigned(bytes.length), bytes];
};
const list = (items: readonly Code[]): Code => [unsigned(items.length), items];
const section = (id: number, items: readonly Code[]): Code => [id, sized(list(items))];
const ascii = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const name = (text: string): Code => [text.length, ascii(text)];

const simd = (code: number): Code => [0xfd, unsigned(code)];
const ALIGNED_4 = 2;
const ALIGNED_16 = 4;
/** Below 8192: two bytes of signed LEB128. */
const i32Const = (value: number): Code => [0x41, (value & 127) | 128, value >>> 7];
const get = (local: number): Code => [0x20, unsigned(local)];
const set = (local: number): Code => [0x21, unsigned(local)];
const i32Add = 0x6a;

/** Instructions, by their names in the specification. */
export const op = {
  end: 0x0b,
  loop: [0x03, 0x40],
  brIf: [0x0d, 0],
  i32Add,
  i32LessUnsigned: 0x49,
  get,
  set,
  /** `offsetBytes` beyond the address on the stack. */
  v128Load: (offsetBytes = 0): Code => [simd(0), ALIGNED_16, unsigned(offsetBytes)],
  v128Load32Splat: (offsetBytes = 0): Code => [simd(9), ALIGNED_4, unsigned(offsetBytes)],
  v128Store: (offsetBytes = 0): Code => [simd(11), ALIGNED_16, unsigned(offsetBytes)],
  v128And: simd(78),
  v128AndNot: simd(79),
  f32x4LessThan: simd(67),
  f32x4Add: simd(228),
  f32x4Sub: simd(229),
  f32x4Mul: simd(230),
  f32x4Div: simd(231),
  f32x4Pmin: simd(234),
  f32x4Pmax: simd(235),
  f32x4Const: (value: number): Code => [
    simd(12),
    [...new Uint8Array(Float32Array.of(value, value, value, value).buffer)],
  ],
} as const;

/** Moves a pointer on. */
export const advance = (pointer: number, bytes: number): Code => [
  get(pointer),
  i32Const(bytes),
  i32Add,
  set(pointer),
];
