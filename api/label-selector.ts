import { badRequest } from './errors/api-problem.ts';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/**
 * A Kubernetes label selector (`env=testing,tier in (a, b),!legacy`) as a predicate (api.md 1.7). As there, `!=` and
 * `notin` hold for resources without the label.
 * @throws {ApiProblem} 400 for a malformed one.
 */
export function labelSelector(text: string | undefined): (labels: Labels | undefined) => boolean {
  const requirements = splitRequirements(text ?? '').map(requirement);
  return (labels = {}) => requirements.every((holds) => holds(labels));
}

/** Splits at commas outside parentheses. */
function splitRequirements(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

const exists = /^(!?)\s*([^\s,()=!<>]+)$/;
const equality = /^([^\s,()=!<>]+)\s*(==|=|!=)\s*([^\s,()=!<>]*)$/;
const membership = /^([^\s,()=!<>]+)\s+(in|notin)\s*\(([^()]*)\)$/;

function requirement(text: string): Requirement {
  const [, not, existing] = exists.exec(text) ?? [];
  if (existing !== undefined) return (labels) => Object.hasOwn(labels, existing) === (not === '');
  const [, key, operator, value] = equality.exec(text) ?? membership.exec(text) ?? [];
  if (key === undefined || value === undefined) throw malformed(text);
  const isSet = operator === 'in' || operator === 'notin';
  const values = new Set(isSet ? value.split(',').map((item) => item.trim()) : [value]);
  const wanted = operator !== '!=' && operator !== 'notin';
  return (labels) => holds(labels, key, values) === wanted;
}

function holds(labels: Labels, key: string, values: ReadonlySet<string>): boolean {
  const own = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return own !== undefined && values.has(own);
}

const malformed = (text: string) =>
  badRequest(
    'MALFORMED_SELECTOR',
    `labelSelector: "${text}" is none of: key, !key, key=value, key!=value, key in (a,b), key notin (a,b).`,
    [{ field: 'labelSelector', message: `"${text}" is malformed` }],
  );
