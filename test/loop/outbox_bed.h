/* SPDX-License-Identifier: MIT */
/*
 * outbox_bed - an outbox with short times in front of two stand-ins for Slack, and a record of the notices
 * that were settled.
 *
 * bed_setup and bed_teardown are for cmocka; *state is the bed. A test opens the outbox, bed_teardown closes
 * it and asserts that nothing is left open.
 */
#ifndef PROCJON_TEST_OUTBOX_BED_H
#define PROCJON_TEST_OUTBOX_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdint.h>

#include "notify/outbox.h"
#include "pulse.h"
#include "standin.h"

#define BED_IDS_MAX 100001

struct bed {
    uv_loop_t loop;
    struct pulse pulse;
    struct standin slack, other;
    struct outbox outbox;
    struct outbox_limits limits; /* start as bed_limits */
    uint64_t last_id;
    bool adding; /* inside outbox_put, in which nothing may be settled */
    size_t settled, closed;
    const char *outcomes[BED_IDS_MAX]; /* by id; NULL: not settled */
};

/* The default limits, divided by about fifty. */
extern const struct outbox_limits bed_limits;

/* They keep the record; for a test that opens the outbox itself. */
extern const struct outbox_ops bed_ops;

int bed_setup(void **state);
int bed_teardown(void **state);

/* Slack with this webhook, or the log for NULL; valid until the next call. */
const struct sink_config *bed_config(const char *webhook);
void bed_open_at(struct bed *bed, const char *webhook);

/* Notices with the next id: the service is not available; its status has changed. */
void bed_add_unavailable(struct bed *bed, const char *service);
void bed_add_status(struct bed *bed, const char *service, const char *previous, const char *text);

void bed_run_until_settled(struct bed *bed, size_t count); /* fails if more are settled */
void bed_run_until_posted(struct bed *bed, struct standin *slack, size_t count);
void bed_run_until_answered(struct bed *bed, enum sink_verdict verdict, uint64_t count);

/* The top-level text of a post; valid until the next call. */
const char *bed_text(const struct standin *slack, size_t post);

/* The time between a post and the one before it. */
uint64_t bed_gap_ms(const struct standin *slack, size_t post);

#define BED_SCRIPT(slack, ...)                                                                               \
    do {                                                                                                     \
        static const struct standin_answer script[] = {__VA_ARGS__};                                         \
        standin_script(slack, script, sizeof script / sizeof script[0]);                                     \
    } while (0)

#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)

#endif
