/* Dates, times, counts and money as the reader writes them. The words' language decides, the reader's region refines. */

export type Formats = ReturnType<typeof formats>;

const DAY_MS = 86_400_000;
const MICROS = 1_000_000;

export function formats(language: string, wanted: readonly string[], timeZone?: string) {
  // A German month name inside an English sentence reads badly: en-GB and en-AU count, de-DE does not.
  const locale = wanted.find((tag) => tag.split('-')[0] === language) ?? language;
  const date = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const time = date({ timeStyle: 'short' });
  const weekday = date({ weekday: 'long' });
  const weekdayShort = date({ weekday: 'short' });
  const dayMonth = date({ day: 'numeric', month: 'short' });
  const longDay = date({ weekday: 'short', day: 'numeric', month: 'long' });
  const longDayYear = date({ day: 'numeric', month: 'long', year: 'numeric' });
  const full = date({ dateStyle: 'medium', timeStyle: 'short' });
  const parts = date({ year: 'numeric', month: 'numeric', day: 'numeric' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const number = new Intl.NumberFormat(locale);
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });

  /** Number of the reader's calendar day, so that days can be subtracted. */
  const dayNumber = (at: Date) => {
    const part = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part['year'] ?? 0, (part['month'] ?? 1) - 1, part['day']) / DAY_MS;
  };
  const dayWord = (days: number) => {
    const word = relative.format(-days, 'day');
    return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
  };
  const sameYear = (a: Date, b: Date) => a.getFullYear() === b.getFullYear();

  return {
    dayNumber,
    time: (at: Date) => time.format(at),
    dayMonth: (at: Date) => dayMonth.format(at),
    full: (at: Date) => full.format(at),
    number: (value: number) => number.format(value),
    percent: (value: number) => percent.format(value),
    list: (words: readonly string[]) => list.format(words),
    /** Micro-units of a currency, with its usual number of decimals. */
    money: (micros: number, currency: string) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency }).format(micros / MICROS),
    /** Heading over a day's messages. */
    day: (at: Date, now: Date) => {
      const days = dayNumber(now) - dayNumber(at);
      if (days === 0 || days === 1) return dayWord(days);
      if (days > 1 && days < 7) return weekday.format(at);
      return (sameYear(at, now) ? longDay : longDayYear).format(at);
    },
    /** When the last message of a thread came, short enough for a list row. */
    inList: (at: Date, now: Date) => {
      const days = dayNumber(now) - dayNumber(at);
      if (days <= 0) return time.format(at);
      if (days === 1) return dayWord(1);
      if (days < 7) return weekdayShort.format(at);
      return (sameYear(at, now) ? dayMonth : parts).format(at);
    },
  };
}
