import type { JsonObject } from '../json.ts';
import type { World } from '../world.ts';
import { withoutTags, withTags } from './inherited-tags.ts';
import { LeverError } from './lever-errors.ts';
import type { Opportunity } from './lever-state.ts';
import { stagesOf } from './stages-of.ts';
import { fireEvent } from './webhook-events.ts';

/** Moves an opportunity and fires `candidateStageChange`. Answers the webhook bodies sent. */
export function moveToStage(
  world: World,
  opportunity: Opportunity,
  stageId: string,
  userId: string | undefined,
): JsonObject[] {
  const { behaviour } = world.lever;
  const stages = stagesOf(world.lever, opportunity.account);
  const toStageIndex = stages.findIndex((stage) => stage.id === stageId);
  if (toStageIndex < 0) throw new LeverError(400, `stage ${stageId} was not found`);
  const fromStageId = opportunity.stage;
  if (fromStageId === stageId && !behaviour.sameStageMoveFires) return [];
  const nowMs = world.now();
  opportunity.stage = stageId;
  opportunity.stageChanges.push({
    toStageId: stageId,
    toStageIndex,
    updatedAt: nowMs,
    ...(userId === undefined ? {} : { userId }),
  });
  Object.assign(opportunity, { updatedAt: nowMs, lastInteractionAt: nowMs, lastAdvancedAt: nowMs });
  world.journal.countWrite('lever', 'stageMoves');
  return fireEvent(world, 'candidateStageChange', opportunity, { fromStageId, toStageId: stageId });
}

/** Archives an opportunity, or brings it back when there is no reason. Answers the webhook bodies sent. */
export function archive(world: World, opportunity: Opportunity, reasonId: string | null): JsonObject[] {
  const reason = world.lever.archiveReasons.find((candidate) => candidate.id === reasonId);
  if (reasonId !== null && !reason) throw new LeverError(400, `archive reason ${reasonId} was not found`);
  const nowMs = world.now();
  const fromArchived = opportunity.archived;
  const toArchived = reasonId === null ? null : { reason: reasonId, archivedAt: nowMs };
  Object.assign(opportunity, { archived: toArchived, updatedAt: nowMs, lastInteractionAt: nowMs });
  world.journal.countWrite('lever', 'archiveChanges');
  const sent = fireEvent(world, 'candidateArchiveChange', opportunity, { fromArchived, toArchived });
  if (reason?.type === 'hired') sent.push(...fireEvent(world, 'candidateHired', opportunity, {}));
  return sent;
}

/** Of the tags the API is to add or remove those that it may; the status and shape of a refusal are guessed. */
export function allowedTags(
  world: World,
  change: 'addTags' | 'removeTags',
  tags: readonly string[],
): readonly string[] {
  const { stickyTags, lockedTags, lockedTagsStatus } = world.lever.behaviour;
  if (change === 'removeTags') return withoutTags(tags, stickyTags);
  const allowed = withoutTags(tags, lockedTags);
  if (allowed.length < tags.length && lockedTagsStatus >= 400) {
    throw new LeverError(lockedTagsStatus, 'Tags can only be created by administrators');
  }
  return allowed;
}

/** Moves `updatedAt` only: a changed tag is no interaction (recorded). Setting what is set already is no write. */
export function changeTags(
  world: World,
  opportunity: Opportunity,
  change: 'addTags' | 'removeTags',
  tags: readonly string[],
): void {
  const apply = change === 'addTags' ? withTags : withoutTags;
  const changed = apply(opportunity.tags, tags);
  if (changed.length !== opportunity.tags.length) world.journal.countWrite('lever', change);
  opportunity.tags = changed;
  opportunity.updatedAt = world.now();
}

/** Links belong to the contact, so they show on all opportunities of that person. */
export function changeLinks(
  world: World,
  opportunity: Opportunity,
  change: 'addLinks' | 'removeLinks',
  links: readonly string[],
): void {
  const apply = change === 'addLinks' ? withTags : withoutTags;
  const changed = apply(opportunity.links, links);
  for (const other of world.lever.opportunities.values()) {
    if (other.contact === opportunity.contact) other.links = changed;
  }
  const nowMs = world.now();
  Object.assign(opportunity, { updatedAt: nowMs, lastInteractionAt: nowMs });
  world.journal.countWrite('lever', change);
}
