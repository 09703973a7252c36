/**
 * As `target.set(source, offset)`, at the speed of memory whatever the alignment: into or out of shared memory V8 copies
 * byte by byte what does not begin at a word, and a file's values begin behind its header.
 */
export function copyBytes(target: Buffer, source: Uint8Array, offset: number): void {
  if (source.length > 0) target.fill(source, offset, offset + source.length);
}
