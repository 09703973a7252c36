import type { z } from 'zod';

/** Text of others, cut for a log line or an answer. */
export function shorten(text: string, longest = 1000): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}… (${text.length} characters)`;
}

const MOST_ISSUES = 5;

/** What does not fit a schema, in one line: the first issues, each with its path. */
export function explainIssues({ issues }: Pick<z.ZodError, 'issues'>): string {
  const shown = issues
    .slice(0, MOST_ISSUES)
    .map(({ path, message }) => shorten(path.length === 0 ? message : `${path.join('.')}: ${message}`, 300));
  const rest = issues.length - shown.length;
  return rest > 0 ? `${shown.join('; ')}; and ${rest} more` : shown.join('; ');
}
