/* SPDX-License-Identifier: MIT */
/*
 * engine_bed - an engine with a directory of its own, in front of a stand-in for Slack, on virtual_clock.
 *
 * The teardown of each test closes what is open, and checks that no handle is left.
 */
#ifndef PROCJON_TEST_ENGINE_BED_H
#define PROCJON_TEST_ENGINE_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/engine.h"
#include "engine/engine_parts.h"
#include "standin.h"

#define BED_WATCHDOG_MS 300000
#define BED_SERVICES_MAX 100

struct bed {
    uv_loop_t loop;
    uv_timer_t watchdog;
    struct standin slack;   /* receives the messages of the default sink */
    struct standin watcher; /* receives heartbeats, or the messages of `team` */
    char directory[64];
    struct engine *engine;
    struct routing_table table;
    struct sink_list sinks;
    struct named_sink team;
    struct report_stream streams[BED_SERVICES_MAX]; /* one for each service */
    size_t registered;
    bool open;
};

int bed_set_up(void **state);
int bed_tear_down(void **state);

/* Stops the process for so long, and then runs the loop until it has noticed that. */
void bed_pass(struct bed *bed, uint64_t ms);

/* Within a test; the set-up opens an engine. */
void bed_open_engine(struct bed *bed);
void bed_close_engine(struct bed *bed);
/* Reloads the configuration: `table`, and the sink "team" in addition to the default one, or without it. */
void bed_reload(struct bed *bed, bool with_team);

/* Registers so many services, s0 and so on, which become available; waits for the deliveries. */
void bed_add_services(struct bed *bed, size_t count);
/* The same for s0 with these texts for the codes 0, 1, …; its first report is 0. */
void bed_add_with_statuses(struct bed *bed, const char *const *texts, size_t count);
void bed_report_code(struct bed *bed, int32_t code);
void bed_report(struct bed *bed, size_t number);
void bed_lose(struct bed *bed, size_t number);

/* Until nothing is held, on its way to the disk, or not delivered. */
void bed_run_until_settled(struct bed *bed);
/* Until nothing is on its way to the disk. */
void bed_run_until_stored(struct bed *bed);
void bed_run_until_posted(struct bed *bed, size_t count);

/* The first column of the last row of the answer of the database. */
long long bed_number(const struct bed *bed, const char *question);

/* Whether the post contains these words; how many posts from `first` on ask about a mass outage. */
bool bed_says(const struct bed *bed, size_t post, const char *words);
size_t bed_questions_from(const struct bed *bed, size_t first);

#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, bed_set_up, bed_tear_down)

#endif
