import { isObject } from '../../sandbox/json.ts';

/** The JSON types seen at each path of a value; list elements share the path `…[]`. */
export type Shape = Map<string, Set<string>>;

export function shapeOf(value: unknown): Shape {
  const shape: Shape = new Map();
  collect(value, '', shape);
  return shape;
}

/** Every path or type that one side has and the other has not, one sentence each. */
export function differences(recorded: Shape, sandbox: Shape): string[] {
  const paths = [...new Set([...recorded.keys(), ...sandbox.keys()])];
  return paths.flatMap((path) => {
    const theirs = recorded.get(path);
    const ours = sandbox.get(path);
    if (!ours) return isWithinMissing(path, sandbox) ? [] : [`${path} is recorded, the sandbox lacks it`];
    if (!theirs) return isWithinMissing(path, recorded) ? [] : [`${path} is in the sandbox only`];
    const alike = theirs.size === ours.size && [...theirs].every((type) => ours.has(type));
    return alike ? [] : [`${path} is ${listed(theirs)} as recorded, ${listed(ours)} in the sandbox`];
  });
}

function listed(types: ReadonlySet<string>): string {
  return [...types].toSorted((one, other) => one.localeCompare(other)).join(' or ');
}

function collect(value: unknown, path: string, shape: Shape): void {
  shape.set(path, (shape.get(path) ?? new Set()).add(typeName(value)));
  if (Array.isArray(value)) {
    for (const element of value) collect(element, `${path}[]`, shape);
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) collect(inner, `${path}.${key}`, shape);
  }
}

/** Whether the parent is missing too, and named already. */
function isWithinMissing(path: string, shape: Shape): boolean {
  const parent = path.replace(/(\[\]|\.[^.[]+)$/, '');
  return parent !== path && !shape.has(parent);
}

/** Blank texts are a type of their own: mutation answers of Lever are known by them. */
function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return value === '' ? 'blank text' : typeof value;
}
