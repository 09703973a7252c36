/** Kinds of jobs that a grid runs. */
export const jobKinds = ['align', 'train', 'validate', 'predict'] as const;
export type JobKind = (typeof jobKinds)[number];
