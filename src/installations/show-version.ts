import type { InstallationVersionDto, VersionMarkDto } from './installation-versions.dto.js';
import type { VersionMark } from './installation-versions.js';
import type { InstallationVersionRow } from './installation.entity.js';
import { NO_RETENTION_OF_ITS_OWN } from './retention.js';

export const showMark = (row: VersionMark, currentVersion: number): VersionMarkDto => ({
  version: row.version,
  changedBy: row.changedBy,
  changedAt: row.createdAt,
  current: row.version === currentVersion,
});

/** All that was configured; a version holds no secret to begin with (I2, I3). */
export function showVersion(row: InstallationVersionRow, currentVersion: number): InstallationVersionDto {
  const { configuration } = row;
  return Object.assign(showMark(row, currentVersion), {
    name: configuration.name,
    lever: { performAs: configuration.leverPerformAs },
    triggerStageIds: configuration.triggerStageIds,
    victig: { clientGuid: configuration.victigClientGuid },
    certification: configuration.certification,
    settings: configuration.settings,
    retention: configuration.retention ?? NO_RETENTION_OF_ITS_OWN,
  });
}
