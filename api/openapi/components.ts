import { z } from 'zod';
import { requestForm } from './request-form.ts';
import * as deployment from './shapes/deployment.ts';
import * as body from './shapes/deployment-body.ts';
import { eventList, eventResource } from './shapes/event.ts';
import { explanationReply } from './shapes/explanation.ts';
import { jobList, jobResource } from './shapes/job.ts';
import * as platform from './shapes/platform.ts';
import { savepointBody, savepointList, savepointResource } from './shapes/savepoint.ts';
import * as target from './shapes/target.ts';

/** Names of the shapes of replies, by which generated clients call their types. */
const replies: Readonly<Record<string, z.ZodType>> = {
  Deployment: deployment.deploymentResource,
  DeploymentList: deployment.deploymentList,
  WrappedDeployment: deployment.wrappedDeployment,
  WrappedDeploymentList: deployment.wrappedDeployments,
  JarArtifact: deployment.jarArtifact,
  DeploymentExplanation: explanationReply,
  Job: jobResource,
  JobList: jobList,
  Savepoint: savepointResource,
  SavepointList: savepointList,
  Event: eventResource,
  EventList: eventList,
  DeploymentTarget: target.targetResource,
  DeploymentTargetList: target.targetList,
  DeploymentDefaults: target.defaultsResource,
  ArtifactReply: platform.artifactReply,
  ArtifactList: platform.artifactList,
  SystemInformation: platform.systemInfo,
  Status: platform.statusReply,
  Readiness: platform.readiness,
  Error: platform.errorReply,
};

/** The same for bodies; each is there twice, see {@link requestForm}. */
const bodies: Readonly<Record<string, z.ZodType>> = {
  NewDeployment: body.newDeployment,
  ReplacedDeployment: body.replacedDeployment,
  DeploymentPatch: body.deploymentPatch,
  SavepointRequest: savepointBody,
  NewDeploymentTarget: target.newTarget,
  ReplacedDeploymentTarget: target.targetBody,
};
const inYaml = (name: string): string => `${name}InYaml`;

/** `components.schemas` of the description: every shape of a reply or a body under its name. */
export function schemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(replies)) registry.add(schema, { id });
  const answered = z.toJSONSchema(registry, { io: 'output', uri: pointer });
  const asked = Object.entries(bodies).flatMap(([name, schema]) => {
    const patch = schema === body.deploymentPatch;
    return [
      [name, requestForm(schema, { patch, anySpelling: false })],
      [inYaml(name), requestForm(schema, { patch, anySpelling: true })],
    ];
  });
  const described = Object.entries(answered.schemas).map(([name, { $schema, $id, ...node }]) => [
    name,
    node,
  ]);
  return Object.fromEntries([...described, ...asked]);
}

const pointer = (name: string): string => `#/components/schemas/${name}`;

/** Where a shape of a reply is described. @throws {TypeError} for one without a name. */
export const replyRef = (schema: z.ZodType) => ({ $ref: pointer(nameOf(replies, schema)) });

/** Where a body is described, for a media type. @throws {TypeError} for one without a name. */
export function bodyRef(schema: z.ZodType, type: string) {
  const name = nameOf(bodies, schema);
  return { $ref: pointer(type.endsWith('yaml') ? inYaml(name) : name) };
}

function nameOf(named: Readonly<Record<string, z.ZodType>>, schema: z.ZodType): string {
  const name = Object.entries(named).find(([, one]) => one === schema)?.[0];
  if (name === undefined) throw new TypeError('a shape of the API has no name in components.ts');
  return name;
}
