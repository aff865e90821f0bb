/* ESLint rule: words that a reader sees or hears come from a catalogue, never from a template. */
const SPOKEN = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'label',
  'placeholder',
  'title',
]);
const LETTERS = /\p{L}{2,}/u;

/** String literals that an expression may evaluate to. */
function* strings(expression) {
  switch (expression?.type) {
    case 'Literal':
      if (typeof expression.value === 'string') yield [expression, expression.value];
      break;
    case 'TemplateLiteral':
      for (const part of expression.quasis) yield [part, part.value.raw];
      break;
    case 'ConditionalExpression':
      yield* strings(expression.consequent);
      yield* strings(expression.alternate);
      break;
    case 'LogicalExpression':
      yield* strings(expression.left);
      yield* strings(expression.right);
      break;
  }
}

/** @type {import('eslint').Rule.RuleModule} */
export const noLiteralWords = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { words: '“{{text}}” belongs in a catalogue: show it with t().' },
  },
  create(context) {
    const refuse = (node, text) => {
      if (LETTERS.test(text)) context.report({ node, messageId: 'words', data: { text: text.trim() } });
    };
    const inStyleOrScript = (node) => /^Svelte(Style|Script)Element$/.test(node.parent.type);
    return {
      SvelteText: (node) => {
        if (!inStyleOrScript(node)) refuse(node, node.value);
      },
      SvelteMustacheTag: (node) => {
        if (node.parent.type === 'SvelteAttribute' && !SPOKEN.has(node.parent.key.name)) return;
        if (node.kind === 'raw' || node.parent.type.endsWith('Directive')) return;
        for (const [part, text] of strings(node.expression)) refuse(part, text);
      },
      SvelteAttribute: (node) => {
        if (!SPOKEN.has(node.key.name)) return;
        for (const value of node.value) if (value.type === 'SvelteLiteral') refuse(value, value.value);
      },
    };
  },
};
