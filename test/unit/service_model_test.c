/* SPDX-License-Identifier: MIT */
/*
 * Random schedules against a model without deadlines, whose counters change by one with each millisecond.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "engine/service.h"

#define START 1000000u

static const struct service_status statuses[] = {{1, (char *)"nok"}, {0, (char *)"ok"}, {2, (char *)"bad"}};
#define STATUSES 3 /* codes 0, 1, 2 */

/* No disconnect grace runs. */
#define LONG (INT64_C(1) << 40)

struct model {
    int64_t silence, timeout;
    int64_t grace;   /* the disconnect grace, ms left; LONG: none runs */
    int64_t not_due; /* ms left until something may be due */
    enum transition_reason found;
    enum { MODEL_NEW, MODEL_UP, MODEL_DOWN } availability;
    bool reported;
    int last; /* code; -1: none */
};

static bool model_expire(struct model *model)
{
    if (model->availability == MODEL_DOWN)
        return false;
    if (model->found == REASON_NONE && model->silence >= model->timeout)
        model->found = model->reported ? REASON_SILENT : REASON_NEVER_REPORTED;
    if (model->found == REASON_NONE && model->grace <= 0)
        model->found = REASON_CONNECTION_LOST;
    if (model->found == REASON_NONE || model->not_due > 0)
        return false;
    model->availability = MODEL_DOWN;
    model->grace = LONG;
    model->not_due = 0;
    return true;
}

static void model_tick(struct model *model)
{
    model->silence++;
    model->grace -= model->grace != LONG;
    model->not_due -= model->not_due > 0;
}

/* What is expected of a report: bit 0 availability, bit 1 status. */
static unsigned model_report(struct model *model, int code)
{
    unsigned expected = model->availability != MODEL_UP;
    bool registered = code < STATUSES;

    if (registered && code != model->last && (model->last >= 0 || code != 0))
        expected |= 2;
    if (registered)
        model->last = code;
    model->reported = true;
    model->silence = 0;
    model->grace = LONG;
    model->not_due = 0;
    model->found = REASON_NONE;
    model->availability = MODEL_UP;
    return expected;
}

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % below;
}

static void compare_report(struct service *service, struct model *model, int code, uint64_t now)
{
    struct transition transition;
    unsigned expected = model_report(model, code);
    unsigned got = 0;
    bool unregistered;

    while (service_report(service, code, now, &transition, &unregistered)) {
        assert_int_equal(transition.at_ms, now);
        got |= transition.kind == TRANSITION_AVAILABLE ? 1u : 2u;
    }
    assert_int_equal(got, expected);
    assert_int_equal(unregistered, code >= STATUSES);
}

/* One random step for both. A deadline that has passed but is not due yet has its reason: no new timeout
 * then. */
static void random_step(struct service *service, struct model *model, uint64_t now, uint64_t *seed)
{
    uint64_t value = draw(seed, 60);
    uint64_t until = draw(seed, 60);

    switch (draw(seed, 8)) {
    case 0:
        service_lost(service, value, now);
        if (model->availability == MODEL_UP && (int64_t)value < model->grace)
            model->grace = (int64_t)value;
        break;
    case 1:
        if (model->availability == MODEL_DOWN || model->found != REASON_NONE)
            break;
        /* Never into the past: service_test.c has a row for that. */
        model->timeout = (model->silence > 0 ? model->silence : 0) + 1 + (int64_t)value;
        service_configure(service, statuses, STATUSES, (uint64_t)model->timeout);
        break;
    case 2:
        if (model->availability == MODEL_DOWN || model->found != REASON_NONE)
            break;
        service_extend(service, value, now + until);
        model->silence -= (int64_t)value;
        model->grace += model->grace != LONG ? (int64_t)value : 0;
        model->not_due = model->not_due > 0 ? model->not_due + (int64_t)value : 0;
        model->not_due = model->not_due > (int64_t)until ? model->not_due : (int64_t)until;
        break;
    default:
        compare_report(service, model, (int)draw(seed, 5), now);
        break;
    }
}

static void any_schedule_makes_the_transitions_of_the_model(void **state)
{
    unsigned downs[4] = {0};
    uint64_t seed = 20;

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct model model = {.timeout = 50, .grace = LONG, .last = -1};
        struct service service;
        struct transition transition;

        service_init(&service, "s", 1, START);
        service_configure(&service, statuses, STATUSES, 50);
        for (uint64_t now = START; now < START + 2000; now++) {
            bool down;

            if (draw(&seed, 30) == 0)
                random_step(&service, &model, now, &seed);
            down = model_expire(&model);
            assert_int_equal(service_expire(&service, now, &transition), down);
            if (down) {
                assert_int_equal(transition.kind, TRANSITION_UNAVAILABLE);
                assert_int_equal(transition.reason, model.found);
                assert_int_equal(transition.at_ms, now);
                downs[model.found]++;
            }
            model_tick(&model);
        }
        service_fini(&service);
    }
    assert_true(downs[REASON_SILENT] > 100);
    assert_true(downs[REASON_CONNECTION_LOST] > 100);
    assert_true(downs[REASON_NEVER_REPORTED] > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_schedule_makes_the_transitions_of_the_model),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
