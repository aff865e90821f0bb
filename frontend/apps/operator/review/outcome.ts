/* What became of a review; the wire says it as a plain text. */

const OUTCOMES = ['approved', 'refused', 'withdrawn'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const outcomeOf = (decision: string): Outcome => OUTCOMES.find((one) => one === decision) ?? 'withdrawn';
