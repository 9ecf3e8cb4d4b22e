/* SPDX-License-Identifier: MIT */
#include "engine/decision.h"

#include <stddef.h>

#include "engine/suppression/notify_after.h"

/* In the order in which they are asked. */
static const struct {
    stage_judge_cb judge;
    size_t state; /* where it is in struct decision_stages */
} stages[STAGES] = {
    [STAGE_FLAPPING] = {flap_judge, offsetof(struct decision_stages, flap)},
    [STAGE_MASS_OUTAGE] = {mass_outage_judge, offsetof(struct decision_stages, mass_outage)},
    [STAGE_NOTIFY_AFTER] = {notify_after_judge, offsetof(struct decision_stages, held)},
};

const char *const decision_stage_names[STAGES] = {
    [STAGE_FLAPPING] = "flapping",
    [STAGE_MASS_OUTAGE] = "mass_outage",
    [STAGE_NOTIFY_AFTER] = "notify_after",
};

static void hold(struct decision_reason *reason, enum stage stage, const struct stage_verdict *verdict)
{
    reason->stage = stage;
    reason->stages |= HELD_BY(stage);
    reason->until_ms = verdict->until_ms;
    reason->reports = verdict->reports;
}

void decision_add(struct decision *decision, const struct decision_stages *states,
                  const struct stage_input *input)
{
    struct decision_reason *reason = &decision->reasons[input->sink];
    uint64_t sink = UINT64_C(1) << input->sink;

    *reason = (struct decision_reason){.until_ms = STAGE_NO_TIME, .reports = STAGE_NO_REPORTS};
    for (enum stage stage = 0; stage < STAGES; stage++) {
        struct stage_verdict verdict = stages[stage].judge((const char *)states + stages[stage].state, input);

        if (verdict.held_outcome != NULL)
            reason->held_outcome = verdict.held_outcome;
        if (verdict.ruling == STAGE_HOLD)
            hold(reason, stage, &verdict);
        if (verdict.ruling == STAGE_SUPPRESS) {
            reason->stage = stage;
            reason->outcome = verdict.outcome;
            decision->suppressed |= sink;
            return;
        }
    }
    if (reason->stages != 0)
        decision->held |= sink;
    else
        decision->told |= sink;
}
