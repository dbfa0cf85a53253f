/** An audit whose tokens go into a file meanwhile. */
import { auditFormat } from "../../formats/audit-format.ts";
import { writeHeader, writeRow } from "../../formats/format.ts";
import { writeOutput } from "../../formats/whole-write.ts";
import { auditRows } from "./audit-file.ts";
import type { AuditOptions, RunAudit } from "./audit-report.ts";
import { auditRun } from "./audit-run.ts";

/**
 * Audits a run as `auditRun`, and writes a line for every token of the audited rollouts.
 * @param out  the file; undefined writes none
 * @throws as `auditRun`; DISK_FULL, WRITE_FAILED
 */
export async function auditToFile(
  root: string,
  name: string,
  options: AuditOptions,
  out: string | undefined,
): Promise<RunAudit> {
  if (out === undefined) return auditRun(root, name, options);
  let audit: RunAudit | undefined;
  await writeOutput(out, async (file) => {
    await file.write(writeHeader(auditFormat));
    audit = await auditRun(root, name, options, async (audited, run) => {
      const rows = await auditRows(audited, run);
      await file.write(rows.map(writeRow).join(""));
    });
  });
  return audit!;
}
