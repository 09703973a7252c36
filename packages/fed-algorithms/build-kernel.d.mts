/** The text of src/engines/simd/kernel-binary.ts, made from kernel/: the same for the same sources. */
export function embedKernels(): Promise<string>;
