/* Turns a catalogue into a typed `t()`: interpolation of {names}, plural forms by the language's own rules.
   Each app speaks its own catalogue (apps/<app>/en.ts), so that no page loads another page's words. */

/** A sentence, or its plural forms chosen by {count}. */
type Text = string | (Partial<Record<Intl.LDMLPluralRule, string>> & { other: string });
export type Catalogue = Record<string, Text>;

type Names<S> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<T> = T extends string ? Names<T> : Names<T[keyof T]> | 'count';
type Value<Name> = Name extends 'count' ? number : string | number;
type Arguments<T> = [NamesOf<T>] extends [never] ? [] : [values: { [Name in NamesOf<T>]: Value<Name> }];

export type Speak<C extends Catalogue> = <K extends keyof C>(key: K, ...values: Arguments<C[K]>) => string;

export function speak<const C extends Catalogue>(catalogue: C, language: string): Speak<C> {
  const plural = new Intl.PluralRules(language);
  const number = new Intl.NumberFormat(language);
  return (key, ...[values]) => {
    const given: Record<string, string | number> = values ?? {};
    const text: Text = catalogue[key] ?? String(key);
    const form = typeof text === 'string' ? text : (text[plural.select(Number(given['count']))] ?? text.other);
    return form.replace(/\{(\w+)\}/g, (slot, name: string) => {
      const value = given[name];
      return value === undefined ? slot : typeof value === 'number' ? number.format(value) : value;
    });
  };
}
