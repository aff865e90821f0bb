/* Money between a form and the wire: people write units, the wire carries whole micro-units as decimal text. */

const DECIMALS = 6;
const AMOUNT = /^(\d{1,9})(?:[.,](\d{0,6}))?$/;

/** Micro-units of what somebody wrote, or null where it is no amount. A comma is as good as a point. */
export function microsOf(units: string): string | null {
  const match = AMOUNT.exec(units.trim());
  if (!match) return null;
  const [, whole = '0', part = ''] = match;
  return BigInt(whole + part.padEnd(DECIMALS, '0')).toString();
}

/** What a form shows for micro-units: at least two decimals, no needless ones. */
export function unitsOf(micros: string): string {
  const digits = micros.padStart(DECIMALS + 1, '0');
  const part = digits.slice(-DECIMALS).replace(/0{1,4}$/, '');
  return `${digits.slice(0, -DECIMALS)}.${part}`;
}
