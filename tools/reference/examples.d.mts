export function wrongExamples(markdown: string): readonly string[];
