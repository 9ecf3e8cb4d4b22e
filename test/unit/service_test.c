/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/service.h"

#define START 1000000u
#define TIMEOUT 1000u

static const struct service_status statuses[] = {{1, (char *)"nok"}, {0, (char *)"ok"}, {2, (char *)"bad"}};
#define STATUSES 3

/* ---- What a status means: one case per row ---- */

/* Steps: `WHEN VERB VALUE [UNTIL]`. WHEN counts from the registration; `end` only lets time pass. */
struct row {
    const char *name;
    const char *steps;
    const char *expected;
};

static struct row rows[] = {
    {"the first report with code 0 is an availability update alone", "5 report 0, 900 end", "5 first"},
    {"the first report with another code is a status update as well", "5 report 1, 900 end",
     "5 first, 5 nok was nothing"},
    {"the first report with an unregistered code is an availability update alone", "5 report 9, 900 end",
     "5 first"},
    {"after an unregistered code a first 0 is stored without a transition, and compared with",
     "5 report 9, 10 report 0, 20 report 2, 900 end", "5 first, 20 bad was ok"},
    {"after an unregistered code another one is the first status", "5 report 9, 10 report 2, 900 end",
     "5 first, 10 bad was nothing"},
    {"a code that differs from the last is one status update",
     "5 report 0, 10 report 1, 20 report 1, 30 report 2, 40 report 0, 900 end",
     "5 first, 10 nok was ok, 30 bad was nok, 40 ok was bad"},
    {"the same code again is nothing", "5 report 0, 10 report 0, 900 end", "5 first"},
    {"an unregistered code changes no status", "5 report 1, 10 report 9, 20 report 1, 900 end",
     "5 first, 5 nok was nothing"},
    {"an unregistered code moves the deadline", "0 report 0, 900 report -7, 1899 end", "0 first"},
    {"silence for the timeout is not available, once", "5 report 0, 5000 end", "5 first, 1005 silent"},
    {"silence for one millisecond less is not", "5 report 0, 1004 end", "5 first"},
    {"each report moves the deadline", "0 report 0, 999 report 0, 1998 report 0, 5000 end",
     "0 first, 2998 silent"},
    {"a lost stream is not available after the grace", "0 report 0, 100 lost 300, 5000 end",
     "0 first, 400 lost"},
    {"without a grace a lost stream is not available at once", "0 report 0, 100 lost 0, 100 end",
     "0 first, 100 lost"},
    {"a report within the grace ends the grace", "0 report 0, 100 lost 300, 399 report 0, 1398 end",
     "0 first"},
    {"of the grace and the timeout the earlier one gives the reason", "0 report 0, 900 lost 300, 5000 end",
     "0 first, 1000 silent"},
    {"a second loss does not prolong the grace of the first",
     "0 report 0, 100 lost 300, 200 lost 300, 5000 end", "0 first, 400 lost"},
    {"after a half-close only the timeout counts", "0 report 0, 2000 end", "0 first, 1000 silent"},
    {"a report while not available is back, and the same code no transition",
     "0 report 1, 2000 report 1, 2500 end", "0 first, 0 nok was nothing, 1000 silent, 2000 back"},
    {"a report while not available is compared with the code from before",
     "0 report 1, 2000 report 0, 2500 end",
     "0 first, 0 nok was nothing, 1000 silent, 2000 back, 2000 ok was nok"},
    {"back with an unregistered code is back alone", "0 report 1, 2000 report 9, 2100 report 1, 2500 end",
     "0 first, 0 nok was nothing, 1000 silent, 2000 back"},
    {"a loss while not available changes nothing", "0 report 0, 1500 lost 0, 2000 report 0, 2900 end",
     "0 first, 1000 silent, 2000 back"},
    {"back and silent again is one transition each", "0 report 0, 2000 report 0, 5000 end",
     "0 first, 1000 silent, 2000 back, 3000 silent"},
    {"a service that never reports becomes unavailable for that reason", "5000 end", "1000 never"},
    {"a first report after that is the first time", "2000 report 1, 2500 end",
     "1000 never, 2000 first, 2000 nok was nothing"},
    {"a loss before the first report changes nothing", "100 lost 0, 999 end", ""},
    {"a longer timeout counts from the last report", "0 report 0, 500 timeout 3000, 9000 end",
     "0 first, 3000 silent"},
    {"a shorter timeout counts from the last report", "0 report 0, 500 timeout 600, 9000 end",
     "0 first, 600 silent"},
    {"a new timeout before the first report counts from the registration", "500 timeout 3000, 9000 end",
     "3000 never"},
    {"a new registration makes no transition while not available", "0 report 0, 1500 timeout 3000, 9000 end",
     "0 first, 1000 silent"},
    {"a new registration keeps the code", "0 report 1, 100 statuses 3, 200 report 1, 900 end",
     "0 first, 0 nok was nothing"},
    {"a last code that is no longer registered has no text",
     "0 report 2, 100 statuses 2, 200 report 2, 300 report 0, 900 end",
     "0 first, 0 bad was nothing, 300 ok was nothing"},
    {"without statuses there is only availability", "0 statuses 0, 1 report 1, 2 report 0, 5000 end",
     "1 first, 1002 silent"},
    {"a stall of the server does not count as silence", "0 report 0, 900 stall 700 50, 5000 end",
     "0 first, 1700 silent"},
    {"after a stall nothing is due for a while", "0 report 0, 900 stall 10 600, 5000 end",
     "0 first, 1500 silent"},
    {"a stall extends the grace of a lost stream, too",
     "0 report 0, 100 lost 300, 200 stall 150 100, 5000 end", "0 first, 550 lost"},
    {"a lost stream is not due before that while either",
     "0 report 0, 100 lost 300, 200 stall 150 700, 5000 end", "0 first, 900 lost"},
    {"a stall extends the deadline of a service that never reported", "900 stall 700 50, 5000 end",
     "1700 never"},
    {"two stalls add up", "0 report 0, 900 stall 700 0, 1600 stall 500 0, 5000 end", "0 first, 2200 silent"},
    {"a report after a stall counts like any other",
     "0 report 0, 900 stall 700 5000, 1000 report 0, 5000 end", "0 first, 2000 silent"},
    {"a stall makes no transition while not available", "0 report 0, 2000 stall 700 50, 9000 end",
     "0 first, 1000 silent"},
    {"the vector of the original implementation",
     "0 report 0, 50 report 1, 100 report 4, 150 report 0, 200 report 0, 2200 report 0, "
     "2250 report 1, 5000 end",
     "0 first, 50 nok was ok, 150 ok was nok, 1200 silent, 2200 back, 2250 nok was ok, 3250 silent"},
};
#define ROWS (sizeof rows / sizeof rows[0])

struct trace {
    char text[1024];
    size_t length;
};

static void append(struct trace *trace, const struct transition *transition)
{
    static const char *const reasons[] = {"?", "silent", "lost", "never"};
    const char *previous = "";
    const char *what = "";

    switch (transition->kind) {
    case TRANSITION_AVAILABLE:
        what = transition->first ? "first" : "back";
        break;
    case TRANSITION_UNAVAILABLE:
        what = reasons[transition->reason];
        break;
    case TRANSITION_STATUS:
        what = transition->text;
        previous = transition->previous[0] != '\0' ? transition->previous : "nothing";
        break;
    }
    trace->length +=
        (size_t)snprintf(trace->text + trace->length, sizeof trace->text - trace->length,
                         "%s%" PRIu64 " %s%s%s", trace->length > 0 ? ", " : "", transition->at_ms - START,
                         what, previous[0] != '\0' ? " was " : "", previous);
    assert_true(trace->length < sizeof trace->text);
}

static void expire(struct service *service, uint64_t now, struct trace *trace)
{
    struct transition transition;

    while (service_deadline(service) <= now) {
        assert_false(service_expire(service, service_deadline(service) - 1, &transition));
        assert_true(service_expire(service, now, &transition));
        append(trace, &transition);
    }
}

static void report(struct service *service, int32_t code, uint64_t now, struct trace *trace)
{
    struct transition transition;
    bool unregistered;

    while (service_report(service, code, now, &transition, &unregistered))
        append(trace, &transition);
}

/* One step; returns where the next one begins. */
static const char *play(struct service *service, const char *step, struct trace *trace)
{
    char *rest;
    uint64_t now = START + strtoull(step, &rest, 10);
    char verb[16] = "";
    int length = 0;
    int value;
    uint64_t until;

    assert_int_equal(sscanf(rest, " %15[a-z]%n", verb, &length), 1);
    value = (int)strtol(rest + length, &rest, 10);
    until = strtoull(rest, NULL, 10);
    expire(service, now, trace);
    if (strcmp(verb, "report") == 0)
        report(service, value, now, trace);
    else if (strcmp(verb, "lost") == 0)
        service_lost(service, (uint64_t)value, now);
    else if (strcmp(verb, "timeout") == 0)
        service_configure(service, statuses, STATUSES, (uint64_t)value);
    else if (strcmp(verb, "statuses") == 0)
        service_configure(service, statuses, (size_t)value, TIMEOUT);
    else if (strcmp(verb, "stall") == 0)
        service_extend(service, (uint64_t)value, now + until);
    else
        assert_string_equal(verb, "end");
    expire(service, now, trace);
    step = strchr(step, ',');
    return step != NULL ? step + 1 : NULL;
}

static void a_row_comes_out_as_expected(void **state)
{
    const struct row *row = *state;
    struct trace trace = {0};
    struct service service;

    service_init(&service, "s", 1, START);
    service_configure(&service, statuses, STATUSES, TIMEOUT);
    for (const char *step = row->steps; step != NULL;)
        step = play(&service, step, &trace);
    assert_string_equal(trace.text, row->expected);
    service_fini(&service);
}

/* ---- The registration ---- */

static void of_a_code_given_twice_the_last_counts(void **state)
{
    const struct service_status twice[] = {{7, (char *)"a"},
                                           {-3, (char *)"b"},
                                           {7, (char *)"c"},
                                           {INT32_MIN, (char *)"d"},
                                           {INT32_MAX, (char *)"e"}};
    struct service service;

    (void)state;
    service_init(&service, "ab", 1, 0);
    service_configure(&service, twice, 5, TIMEOUT);
    assert_string_equal(service.id, "a");
    assert_int_equal(service.status_count, 4);
    assert_string_equal(service_text(&service, 7), "c");
    assert_string_equal(service_text(&service, -3), "b");
    assert_string_equal(service_text(&service, INT32_MIN), "d");
    assert_string_equal(service_text(&service, INT32_MAX), "e");
    assert_null(service_text(&service, 0));
    service_fini(&service);
}

static void a_registration_that_changes_nothing_is_recognised(void **state)
{
    const struct service_status sorted[] = {{0, (char *)"ok"}, {1, (char *)"nok"}, {2, (char *)"bad"}};
    const struct service_status other[] = {{0, (char *)"ok"}, {1, (char *)"NOK"}, {2, (char *)"bad"}};
    const struct service_status moved[] = {{0, (char *)"ok"}, {1, (char *)"nok"}, {3, (char *)"bad"}};
    struct service service;

    (void)state;
    service_init(&service, "s", 1, 0);
    service_configure(&service, statuses, STATUSES, TIMEOUT);
    assert_true(service_configured(&service, statuses, STATUSES, TIMEOUT));
    assert_true(service_configured(&service, sorted, STATUSES, TIMEOUT));
    assert_false(service_configured(&service, sorted, STATUSES, TIMEOUT + 1));
    assert_false(service_configured(&service, sorted, STATUSES - 1, TIMEOUT));
    assert_false(service_configured(&service, other, STATUSES, TIMEOUT));
    assert_false(service_configured(&service, moved, STATUSES, TIMEOUT));
    assert_false(service_configured(&service, NULL, 0, TIMEOUT));
    service_fini(&service);
}

static void a_service_can_be_configured_with_its_own_statuses(void **state)
{
    struct service service;

    (void)state;
    service_init(&service, "s", 1, 0);
    service_configure(&service, statuses, STATUSES, TIMEOUT);
    service_configure(&service, service.statuses, service.status_count, TIMEOUT);
    assert_true(service_configured(&service, statuses, STATUSES, TIMEOUT));
    service_fini(&service);
}

static void the_state_with_a_transition_is_the_one_after_it(void **state)
{
    struct transition transition;
    struct service service;
    bool unregistered;

    (void)state;
    service_init(&service, "s", 1, START);
    service_configure(&service, statuses, STATUSES, TIMEOUT);
    assert_true(service_report(&service, 1, START, &transition, &unregistered));
    assert_int_equal(service.availability, SERVICE_AVAILABLE);
    assert_false(service.has_code); /* after a crash between the two transitions the second is still made */
    assert_true(service_report(&service, 1, START, &transition, &unregistered));
    assert_true(service.has_code);
    assert_int_equal(service.code, 1);
    assert_false(service_report(&service, 1, START, &transition, &unregistered));
    service_fini(&service);
}

static void a_service_without_statuses_has_no_unregistered_ones(void **state)
{
    struct transition transition;
    struct service service;
    bool unregistered = true;

    (void)state;
    service_init(&service, "s", 1, START);
    service_configure(&service, NULL, 0, TIMEOUT);
    while (service_report(&service, 5, START, &transition, &unregistered))
        assert_int_equal(transition.kind, TRANSITION_AVAILABLE);
    assert_false(unregistered);
    assert_false(service.has_code);
    service_fini(&service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_code_given_twice_the_last_counts),
        cmocka_unit_test(a_registration_that_changes_nothing_is_recognised),
        cmocka_unit_test(a_service_can_be_configured_with_its_own_statuses),
        cmocka_unit_test(the_state_with_a_transition_is_the_one_after_it),
        cmocka_unit_test(a_service_without_statuses_has_no_unregistered_ones),
    };
    struct CMUnitTest table[ROWS] = {0};
    int failed;

    for (size_t i = 0; i < ROWS; i++) {
        table[i].name = rows[i].name;
        table[i].test_func = a_row_comes_out_as_expected;
        table[i].initial_state = &rows[i];
    }
    failed = cmocka_run_group_tests_name("what a status means", table, NULL, NULL);
    return failed + cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
