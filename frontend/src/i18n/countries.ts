/* The world's countries by their names in the reader's language; the names come from the browser. */
import { language } from './t';

export interface Country {
  code: string;
  name: string;
}

/** Codes that browsers name and that are no country: unions, tests, places without people. */
const NOT_COUNTRIES = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ']);
const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

export function countries(): Country[] {
  const names = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  return codes
    .flatMap((code) => {
      // Codes of states that are gone get the name of what they became.
      const isCurrent = Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;
      const name = isCurrent && !NOT_COUNTRIES.has(code) ? names.of(code) : undefined;
      return name ? [{ code, name }] : [];
    })
    .sort((a, b) => a.name.localeCompare(b.name, language));
}
