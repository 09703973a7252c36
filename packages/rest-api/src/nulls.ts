/** Removes null fields: the original client sends null for fields that its user did not set. */
export function withoutNulls(body: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body as object).filter(([, value]) => value !== null && value !== undefined),
  );
}
