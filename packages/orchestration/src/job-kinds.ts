/** What a grid does. */
export const jobKinds = ['align', 'train', 'validate', 'predict'] as const;
export type JobKind = (typeof jobKinds)[number];
