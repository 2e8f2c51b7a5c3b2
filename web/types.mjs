/*
 * nuwa serve --openapi | node web/types.mjs [--check] -- src/api/types.ts from the API's own
 * description; --check compares, and ends with 1 when it is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const target = join(dirname(fileURLToPath(import.meta.url)), 'src/api/types.ts');
const { paths, components } = JSON.parse(readFileSync(0, 'utf8'));
const root = '/api/v1';
const methods = ['get', 'post', 'put', 'delete'];

/* "/cases/{case}" as the type of all such addresses, with a query where there is one. */
function address(path, operation) {
    const plain = path.slice(root.length).replaceAll(/\{[^}]+\}/g, '${string}');
    const asked = (operation.parameters ?? []).some((one) => one.in === 'query');
    return asked ? [`\`${plain}\``, `\`${plain}?\${string}\``] : [`\`${plain}\``];
}

function members(operation) {
    const schema = operation.requestBody?.content['application/json'].schema.properties ?? {};
    return Object.entries(schema).map(([name, one]) => `        /* ${one.description} */\n        ${name}?: unknown;`);
}

/* A schema as a type; its objects' members begin at `indent`. */
function typeOf(schema, indent) {
    if (schema.$ref) return schema.$ref.split('/').at(-1);
    if (schema.anyOf) return schema.anyOf.map((one) => typeOf(one, indent)).join(' | ');
    if ('const' in schema) return `'${schema.const}'`;
    if (schema.type === 'array') {
        const inner = typeOf(schema.items, indent);
        return inner.includes(' | ') ? `(${inner})[]` : `${inner}[]`;
    }
    if (schema.type === 'object') {
        const lines = Object.entries(schema.properties).map(
            ([name, one]) => `${indent}    ${name}${schema.required.includes(name) ? '' : '?'}: ${typeOf(one, `${indent}    `)};`,
        );
        if (schema.additionalProperties) {
            const further = `Record<string, ${typeOf(schema.additionalProperties, indent)}>`;
            return lines.length ? `{\n${lines.join('\n')}\n${indent}} & ${further}` : further;
        }
        return lines.length ? `{\n${lines.join('\n')}\n${indent}}` : 'Record<string, never>';
    }
    return { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' }[schema.type] ?? 'unknown';
}

function replyOf(operation) {
    return Object.entries(operation.responses).find(([status, reply]) => status !== 'default' && reply.content)?.[1].content['application/json'].schema;
}

const all = Object.keys(paths)
    .filter((path) => path.startsWith(root))
    .sort()
    .flatMap((path) => methods.filter((verb) => paths[path][verb]).map((verb) => [verb, path, paths[path][verb]]));

const lines = [
    "/* Made from the API's own description by `ninja web-types`: not to be edited. */",
    '',
    '/* The addresses of the API, by method. */',
    'export interface Addresses {',
    ...methods.map((verb) => {
        const found = [...new Set(all.filter(([one]) => one === verb).flatMap(([, path, operation]) => address(path, operation)))];
        return `    ${verb.toUpperCase()}:${found.map((one) => `\n        | ${one}`).join('')};`;
    }),
    '}',
    '',
    '/* What requests hold, by method and address. */',
    'export interface Bodies {',
    ...all
        .filter(([, , operation]) => members(operation).length)
        .map(([verb, path, operation]) => `    '${verb.toUpperCase()} ${path.slice(root.length)}': {\n${members(operation).join('\n')}\n    };`),
    '}',
    '',
    '/* What replies hold, by method and address. */',
    'export interface Replies {',
    ...all
        .filter(([, , operation]) => replyOf(operation))
        .map(([verb, path, operation]) => `    '${verb.toUpperCase()} ${path.slice(root.length)}': ${typeOf(replyOf(operation), '    ')};`),
    '}',
    ...Object.entries(components.schemas).flatMap(([name, schema]) => ['', `export ${typeOf(schema, '').startsWith('{') ? `interface ${name} ` : `type ${name} = `}${typeOf(schema, '')}`]),
    '',
];
const text = lines.join('\n');
if (process.argv[2] !== '--check') writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
    console.error('web/src/api/types.ts is not what the API says: ninja web-types, and look at what changed');
    process.exit(1);
}
