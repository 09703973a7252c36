import type { z } from 'zod';

/** What is wrong with a field. */
export interface Issue {
  /** Dotted path of the field; empty: the whole value. */
  readonly path: string;
  readonly message: string;
}

/** What a schema refused, by the fields' dotted paths. */
export function issuesOf({ issues }: z.ZodError): readonly Issue[] {
  return issues.map(({ path, message }) => ({ path: path.join('.'), message }));
}

/** One line, for logs and answers. */
export function issuesText(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}
