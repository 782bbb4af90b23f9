/**
 * Rules of the house style that no published plugin checks. Each reads only comments and places, never types, so both are cheap.
 */

/** How far above an assertion its reason may stand: a comment reasonably covers a few adjacent lines, not a whole function. */
const REASON_REACH_LINES = 4;

const isStatement = (node) => /Statement$|Declaration$|^PropertyDefinition$|^MethodDefinition$/.test(node.type);

function enclosingStatement(node) {
  let current = node;
  while (current.parent && !isStatement(current)) current = current.parent;
  return current;
}

/** Reports an `as` (other than `as const`) without a comment on its lines or just above them. */
const reasonForAssertion = {
  meta: {
    type: 'suggestion',
    docs: { description: 'An `as` needs a comment that says why it holds' },
    messages: { missing: 'An `as` needs a comment, here or just above, that says why it holds (house style: types).' },
    schema: [],
  },
  create(context) {
    const { sourceCode } = context;
    return {
      TSAsExpression(node) {
        const { typeAnnotation } = node;
        if (typeAnnotation.type === 'TSTypeReference' && typeAnnotation.typeName.name === 'const') return;
        const first = enclosingStatement(node).loc.start.line - REASON_REACH_LINES;
        const last = node.loc.end.line;
        const reasoned = sourceCode
          .getAllComments()
          .some((comment) => comment.loc.end.line >= first && comment.loc.start.line <= last);
        if (!reasoned) context.report({ node: typeAnnotation, messageId: 'missing' });
      },
    };
  },
};

/** Whether it is `type Mode = (typeof modes)[number]` or the like: the docstring of the table says what there is to say. */
function isDerivedFromTable(declaration, sourceCode) {
  return (
    declaration.type === 'TSTypeAliasDeclaration' && /\btypeof\b/.test(sourceCode.getText(declaration.typeAnnotation))
  );
}

/** Reports an exported function, class, type or value without a docstring. An overload shares that of its first signature. */
const docstringOnExport = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Every exported symbol has a docstring' },
    messages: {
      missing: 'Say what `{{name}}` promises: every exported symbol has a docstring (house style: comments).',
    },
    schema: [],
  },
  create(context) {
    const { sourceCode } = context;
    const documented = new Set();
    return {
      ExportNamedDeclaration(node) {
        const { declaration } = node;
        if (!declaration) return; // A re-export is documented where it is declared.
        if (isDerivedFromTable(declaration, sourceCode)) return;
        const name = (declaration.id ?? declaration.declarations?.[0]?.id)?.name ?? 'this export';
        const comments = sourceCode.getCommentsBefore(node);
        if (comments.some(({ type, value }) => type === 'Block' && value.startsWith('*'))) documented.add(name);
        if (!documented.has(name)) context.report({ node: declaration, messageId: 'missing', data: { name } });
      },
    };
  },
};

/** The plugin `concord` of eslint.config.js. */
export const houseRules = {
  meta: { name: 'concord' },
  rules: { 'reason-for-assertion': reasonForAssertion, 'docstring-on-export': docstringOnExport },
};
