/** The fields that say something: the original client posts null for what its user did not set. */
export function withoutNulls(body: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(body as object).filter(([, value]) => value !== null && value !== undefined),
  );
}
