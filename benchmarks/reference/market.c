/* The customers' rules in C: what the compiled kernels of sim/market/kernels do, as a careful C programmer writes it.
 *
 * Same work, same algorithm, same generator, same precision: persons in blocks, state in float (or double with
 * -DREAL=double), arithmetic in double, Philox4x32-10, an exponential of our own that vectorises, word of mouth from
 * the tellers' side, a bound before any neighbour is asked. Plain C11 without intrinsics; vectorising is left to the
 * compiler. The structs hold the fields of the named tuples of the same name, in the same order; benchmarks/c_market.py
 * fills them. A reference to measure against, used by nothing else.
 */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifndef REAL
#define REAL float
#endif
typedef REAL real;

enum { ROW = 1024, STEPS = 12, CHANNELS = 6, GAINS = 256, STEP_BLOCKS = 32, DEPARTMENT_SUMS = 8, NEVER = -1000000 };
enum { MOVING_SUMS = 14, JOURNEYS_AT_MOST = 32, CONTACTS_AT_MOST = 65535 };
enum { CUSTOMER = 3, JOURNEY = 4, ENCOUNTER = 5, TELLING = 6 };

/* ---- what is passed in */

typedef struct {
    int64_t persons, departments, journeys, frailties, block;
} Sizes;

typedef struct {
    uint8_t *ours, *segment, *region;
    real *value, *personal_satisfaction, *personal_requirement, *frailty;
    int32_t *tenure;
    real *satisfaction, *transient;
    int32_t *last_failure, *last_told;
    int8_t *last_told_sign;
    real *information, *message_sum;
    real *expectation;  /* departments x persons */
    uint16_t *contacts; /* departments x persons */
} State;

typedef struct {
    const int64_t *first;
    const uint32_t *neighbours;
    int64_t complete;
} Network;

typedef struct {
    double intercept, encounter_sd, assimilation, contrast, zone_lower, zone_upper, loss_aversion, quality_weight;
    double disconfirmation_weight;
} Perceiving;

typedef struct {
    const double *expected_journeys, *idle_share, *journey_cumulative;
    const int64_t *n_steps, *department;
    const double *channel_cumulative;
    const int64_t *last_channel;
    const double *gain, *severity, *complaint_probability, *channel_quality, *channel_cost;
    double channel_handoff_failure;
} Travelling;

typedef struct {
    const double *gain_table;
    double peak_weight, loyalty_restored, glow, glow_kept, belief_kept, double_deviation;
    int64_t double_deviation_periods;
    double tell_base, tell_positive, tell_negative;
} Remembering;

typedef struct {
    double mean_satisfaction, message_precision, negative_impact, contradiction, market_precision, market_level;
    double customer_gain;
} Hearing;

typedef struct {
    double period_years, baseline_hazard, price_effect, tenure_effect, rival_intercept, rival_slope, innovation;
    double imitation, negative_weight, expectation_effect, promise_precision, market_precision, market_level;
    double own_experience_precision, spend_effect, promoter_cut, detractor_cut;
    int64_t periods_per_year;
} MovingScalars;

typedef struct {
    MovingScalars scalars;
    const double *segment_hazard, *sensitivity, *frailty_table;
    int64_t recall_periods, count_all_customers;
} Moving;

typedef struct {
    Perceiving perceiving;
    Travelling travelling;
    Remembering remembering;
    Hearing hearing;
    Moving moving;
} Rules;

typedef struct {
    const double *quality, *failure_probability, *handoff_failure;
    double promise, recovery_probability;
    const double *requirement;
    double price_gap, rival_quality, advertising;
} Offer;

typedef struct {
    uint32_t *words; /* 4 x block */
    uint32_t *chosen, *others;
    double *numbers, *more_numbers;
} Desk;

typedef struct {
    uint32_t *senders, *receivers;
} Mail;

typedef struct {
    int32_t *place;
    uint32_t *person;
    int64_t *messages;
    double *sums; /* room x 3 */
} Tally;

/* ---- luck */

typedef struct {
    uint32_t w[4];
} Words;

static inline Words philox(uint64_t seed, uint32_t stream, uint32_t entity, uint32_t period, uint32_t block)
{
    uint32_t c0 = entity, c1 = period, c2 = block, c3 = stream;
    uint32_t key0 = (uint32_t)seed, key1 = (uint32_t)(seed >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        const uint64_t product0 = (uint64_t)0xD2511F53u * c0, product1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(product1 >> 32) ^ c1 ^ key0;
        c1 = (uint32_t)product1;
        c2 = (uint32_t)(product0 >> 32) ^ c3 ^ key1;
        c3 = (uint32_t)product0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return (Words){{c0, c1, c2, c3}};
}

static inline double uniform(uint32_t word) { return (word + 0.5) * 0x1p-32; }

static void fill_words(uint64_t seed, uint32_t stream, uint32_t period, int64_t begin, int64_t size, int64_t block,
                       uint32_t *words)
{
    uint32_t *restrict first = words, *restrict second = words + block;
    uint32_t *restrict third = words + 2 * block, *restrict fourth = words + 3 * block;
    const uint32_t start = (uint32_t)begin;
    for (uint32_t k = 0; k < (uint32_t)size; k++) {
        const Words drawn = philox(seed, stream, start + k, period, 0);
        first[k] = drawn.w[0];
        second[k] = drawn.w[1];
        third[k] = drawn.w[2];
        fourth[k] = drawn.w[3];
    }
}

/* Quantile of the standard normal, Wichura's AS 241. */
static inline double normal_quantile(double p)
{
    const double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r
                        + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r
                     + 1.3314166789178437745e2) * r + 3.3871328727963666080e0)
             / (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r
                    + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r
                 + 4.2313330701600911252e1) * r + 1.0);
    }
    double r = sqrt(-log(q < 0.0 ? p : 1.0 - p)), value;
    if (r <= 5.0) {
        r -= 1.6;
        value = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
                     + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r
                  + 4.63033784615654529590e0) * r + 1.42343711074968357734e0)
              / (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
                     + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r
                  + 2.05319162663775882187e0) * r + 1.0);
    } else {
        r -= 5.0;
        value = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r
                     + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r
                  + 5.46378491116411436990e0) * r + 6.65790464350110377720e0)
              / (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r
                     + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r
                  + 5.99832206555887937690e-1) * r + 1.0);
    }
    return q < 0.0 ? -value : value;
}

/* A power of two times the Taylor series of degree 13; vectorises, unlike the exp of the library. */
static inline double exponential(double x)
{
    x = x < -708.0 ? -708.0 : x;
    x = x > 709.0 ? 709.0 : x;
    const double power = floor(x * 1.4426950408889634 + 0.5);
    const double r = x - power * 6.93147180369123816490e-01 - power * 1.90821492927058770002e-10;
    double series = 1.0 / 6227020800.0;
    series = series * r + 1.0 / 479001600.0;
    series = series * r + 1.0 / 39916800.0;
    series = series * r + 1.0 / 3628800.0;
    series = series * r + 1.0 / 362880.0;
    series = series * r + 1.0 / 40320.0;
    series = series * r + 1.0 / 5040.0;
    series = series * r + 1.0 / 720.0;
    series = series * r + 1.0 / 120.0;
    series = series * r + 1.0 / 24.0;
    series = series * r + 1.0 / 6.0;
    series = series * r + 0.5;
    series = series * r + 1.0;
    series = series * r + 1.0;
    const int64_t bits = (int64_t)(((uint64_t)((int64_t)power + 1023)) << 52);
    double scale;
    memcpy(&scale, &bits, sizeof scale);
    return series * scale;
}

static inline double whole_power(double base, int64_t exponent)
{
    double result = 1.0;
    for (; exponent != 0; exponent >>= 1, base *= base)
        if (exponent & 1)
            result *= base;
    return result;
}

/* ---- encounters and journeys */

static inline double perceived_quality(double x, double expectation, double requirement, const Perceiving *rules)
{
    return x + rules->assimilation * (expectation - x) - rules->contrast * (requirement - x);
}

static inline double valued_disconfirmation(double difference, const Perceiving *rules)
{
    if (difference > rules->zone_upper)
        return difference - rules->zone_upper;
    if (difference < -rules->zone_lower)
        return -rules->loss_aversion * (-difference - rules->zone_lower);
    return 0.0;
}

static inline double encounter_satisfaction(double x, double expectation, double requirement, double personal,
                                            const Perceiving *rules)
{
    const double perceived = perceived_quality(x, expectation, requirement, rules);
    const double value = valued_disconfirmation(perceived - expectation, rules);
    return rules->intercept + personal + rules->quality_weight * perceived + rules->disconfirmation_weight * value;
}

static inline int64_t journey_count(double u, double expected)
{
    int64_t count = 0;
    double probability = exponential(-expected), cumulative = probability;
    while (u > cumulative && count < JOURNEYS_AT_MOST) {
        count++;
        probability *= expected / count;
        cumulative += probability;
    }
    return count;
}

/* Whether the hand-off from the previous step is lost; counts attempts and failures by their cause. */
static inline bool hand_over(double u, int64_t previous, int64_t d, double between, int64_t previous_channel,
                             int64_t channel, double channel_failure, int64_t n, double *restrict sums)
{
    double *restrict pairs = sums + DEPARTMENT_SUMS * n, *restrict by_channel = pairs + 2 * n * n;
    double between_channels = 0.0;
    if (previous != d)
        pairs[previous * n + d] += 1.0;
    if (previous_channel != channel) {
        by_channel[0] += 1.0;
        between_channels = channel_failure;
    }
    const bool lost = u < 1.0 - (1.0 - between) * (1.0 - between_channels);
    if (lost && u < between)
        pairs[n * n + previous * n + d] += 1.0;
    else if (lost)
        by_channel[1] += 1.0;
    return lost;
}

static inline double journey_memory(double mean, double extreme, double peak_weight)
{
    return (1.0 - peak_weight) * mean + peak_weight * extreme;
}

static void travel(const Sizes *sizes, const State *state, const Rules *rules, const Offer *offer, uint64_t seed,
                   int64_t period, int64_t i, int64_t j, int64_t first_block, double *restrict sums)
{
    const Perceiving *perceiving = &rules->perceiving;
    const Travelling *travelling = &rules->travelling;
    const Remembering *remembering = &rules->remembering;
    const int64_t n = sizes->departments, persons = sizes->persons, n_steps = travelling->n_steps[j];
    const int64_t region = state->region[i], first_step = (state->segment[i] * sizes->journeys + j) * STEPS;
    const double personal = state->personal_satisfaction[i], severity = travelling->severity[j];
    int64_t last_failure = state->last_failure[i], previous = -1, previous_channel = -1;
    double sum_felt = 0.0, sum_kept = 0.0, extreme_felt = 0.0, extreme_kept = 0.0;
    bool any_failed = false, any_handoff_failed = false;
    for (int64_t k = 0; k < n_steps; k++) {
        const int64_t d = travelling->department[j * STEPS + k];
        const Words a = philox(seed, ENCOUNTER, (uint32_t)i, (uint32_t)period, (uint32_t)(first_block + 2 * k));
        const double *cumulative = travelling->channel_cumulative + (first_step + k) * CHANNELS;
        const int64_t last_channel = travelling->last_channel[first_step + k];
        const double u_channel = uniform(a.w[3]);
        int64_t channel = 0;
        while (channel < last_channel && u_channel > cumulative[channel])
            channel++;
        bool failed = uniform(a.w[1]) < offer->failure_probability[region * n + d];
        if (failed)
            sums[n + d] += 1.0;
        if (k > 0) {
            const double between = previous != d ? offer->handoff_failure[(region * n + previous) * n + d] : 0.0;
            const bool lost = hand_over(uniform(a.w[2]), previous, d, between, previous_channel, channel,
                                        travelling->channel_handoff_failure, n, sums);
            failed = failed || lost;
            any_handoff_failed = any_handoff_failed || lost;
        }
        previous = d;
        previous_channel = channel;
        real *own_expectation = &state->expectation[d * persons + i];
        uint16_t *own_contacts = &state->contacts[d * persons + i];
        const double expectation = *own_expectation;
        const double requirement = offer->requirement[d] + state->personal_requirement[i];
        const double spread = perceiving->encounter_sd * normal_quantile(uniform(a.w[0]));
        const double intact = offer->quality[region * n + d] + travelling->channel_quality[channel] + spread;
        const double x = failed ? intact - severity : intact;
        double felt = encounter_satisfaction(x, expectation, requirement, personal, perceiving), kept = felt;
        if (failed) {
            any_failed = true;
            const double without = encounter_satisfaction(intact, expectation, requirement, personal, perceiving);
            const bool again = period - last_failure <= remembering->double_deviation_periods;
            felt = without - (again ? (without - felt) * remembering->double_deviation : without - felt);
            last_failure = period;
            const Words b = philox(seed, ENCOUNTER, (uint32_t)i, (uint32_t)period, (uint32_t)(first_block + 2 * k + 1));
            const bool complained = uniform(b.w[0]) < travelling->complaint_probability[j];
            const bool recovered = complained && uniform(b.w[1]) < offer->recovery_probability;
            sums[5 * n + d] += complained;
            sums[6 * n + d] += recovered;
            kept = recovered ? without : felt;
        }
        sums[d] += 1.0;
        sums[2 * n + d] += x;
        sums[3 * n + d] += perceived_quality(x, expectation, requirement, perceiving);
        sums[4 * n + d] += expectation;
        sums[7 * n + d] += travelling->channel_cost[channel];
        const int64_t known = *own_contacts;
        *own_expectation = (real)(expectation
                                  + remembering->gain_table[known < GAINS ? known : GAINS - 1] * (x - expectation));
        *own_contacts = (uint16_t)(known < CONTACTS_AT_MOST ? known + 1 : CONTACTS_AT_MOST);
        sum_felt += felt;
        sum_kept += kept;
        extreme_felt = k == 0 || fabs(felt) > fabs(extreme_felt) ? felt : extreme_felt;
        extreme_kept = k == 0 || fabs(kept) > fabs(extreme_kept) ? kept : extreme_kept;
    }
    state->last_failure[i] = (int32_t)last_failure;
    const double memory_felt = journey_memory(sum_felt / n_steps, extreme_felt, remembering->peak_weight);
    const double memory_kept = journey_memory(sum_kept / n_steps, extreme_kept, remembering->peak_weight);
    const double lost_satisfaction = travelling->gain[j] * (memory_kept - memory_felt);
    const double satisfaction = state->satisfaction[i];
    const double moved = satisfaction + travelling->gain[j] * (memory_felt - satisfaction);
    state->satisfaction[i] = (real)(moved + remembering->loyalty_restored * lost_satisfaction);
    state->transient[i] = (real)(state->transient[i] + remembering->glow * lost_satisfaction);
    double *restrict journeys = sums + DEPARTMENT_SUMS * n + 2 * n * n + 2;
    journeys[j] += 1.0;
    journeys[sizes->journeys + j] += any_failed;
    journeys[2 * sizes->journeys + j] += any_handoff_failed;
}

static void make_journeys(const Sizes *sizes, const State *state, const Rules *rules, const Offer *offer, uint64_t seed,
                          int64_t period, int64_t i, int64_t count, double *restrict sums)
{
    const double *cumulative = rules->travelling.journey_cumulative + state->segment[i] * sizes->journeys;
    for (int64_t a = 0; a < count; a++) {
        const Words words = philox(seed, JOURNEY, (uint32_t)i, (uint32_t)period, (uint32_t)(a / 4));
        const double u = uniform(words.w[a % 4]);
        int64_t j = 0;
        while (j < sizes->journeys - 1 && u > cumulative[j])
            j++;
        travel(sizes, state, rules, offer, seed, period, i, j, a * STEP_BLOCKS, sums);
    }
}

static inline void fade(real *restrict values, int64_t size, double kept)
{
    for (int64_t k = 0; k < size; k++)
        values[k] = (real)(values[k] * kept);
}

static inline int64_t find_travellers(const uint8_t *restrict ours, const uint8_t *restrict segments,
                                      const uint32_t *restrict words, const double *restrict idle_share, int64_t size,
                                      uint32_t *restrict chosen)
{
    int64_t n = 0;
    for (int64_t k = 0; k < size; k++) {
        chosen[n] = (uint32_t)k;
        n += (ours[k] != 0) & (uniform(words[k]) > idle_share[segments[k]]);
    }
    return n;
}

static inline double tell_probability(double satisfaction, const Remembering *rules)
{
    const double pleased = satisfaction > 0.0 ? satisfaction : 0.0, annoyed = satisfaction < 0.0 ? -satisfaction : 0.0;
    const double urge = rules->tell_base + rules->tell_positive * pleased + rules->tell_negative * annoyed;
    return urge < 0.0 ? 0.0 : urge > 1.0 ? 1.0 : urge;
}

static void live_block(const Sizes *sizes, const State *state, const Rules *rules, const Offer *offer, uint64_t seed,
                       int64_t period, int64_t begin, int64_t end, const Desk *desk, real *telling,
                       double *restrict sums)
{
    const int64_t size = end - begin;
    fade(state->transient + begin, size, rules->remembering.glow_kept);
    fade(state->information + begin, size, rules->remembering.belief_kept);
    fade(state->message_sum + begin, size, rules->remembering.belief_kept);
    memset(telling + begin, 0, (size_t)size * sizeof(real));
    fill_words(seed, CUSTOMER, (uint32_t)period, begin, size, sizes->block, desk->words);
    const int64_t n = find_travellers(state->ours + begin, state->segment + begin, desk->words,
                                      rules->travelling.idle_share, size, desk->chosen);
    for (int64_t k = 0; k < n; k++) {
        const int64_t place = desk->chosen[k], i = begin + place;
        const double expected = rules->travelling.expected_journeys[state->segment[i]];
        const int64_t count = journey_count(uniform(desk->words[place]), expected);
        make_journeys(sizes, state, rules, offer, seed, period, i, count, sums);
        const double once = tell_probability(state->satisfaction[i], &rules->remembering);
        telling[i] = (real)(1.0 - whole_power(1.0 - once, count));
    }
}

/* ---- word of mouth */

/* Draw who of the pairs on the desk talk: luck for all of them first, so that it is vectorised. */
static int64_t tell_listed(const State *state, uint64_t seed, int64_t period, const Desk *desk, int64_t block,
                           int64_t size, const real *restrict telling, const Mail *mail, int64_t room, int64_t n,
                           double *restrict sums)
{
    const uint32_t *restrict senders = desk->words, *restrict receivers = desk->words + block;
    uint32_t *restrict words = desk->words + 2 * block, *restrict told = desk->chosen;
    for (int64_t k = 0; k < size; k++)
        words[k] = philox(seed, TELLING, senders[k], (uint32_t)period, receivers[k]).w[0];
    int64_t n_told = 0;
    for (int64_t k = 0; k < size; k++) {
        told[n_told] = (uint32_t)k;
        n_told += (uniform(words[k]) < telling[senders[k]]) & (receivers[k] != senders[k]);
    }
    for (int64_t k = 0; k < n_told; k++, n++) {
        const uint32_t i = senders[told[k]];
        if (n < room) {
            mail->senders[n] = i;
            mail->receivers[n] = receivers[told[k]];
        }
        const bool pleased = state->satisfaction[i] > 0;
        state->last_told[i] = (int32_t)period;
        state->last_told_sign[i] = pleased ? 1 : -1;
        sums[pleased ? 0 : 1] += 1.0;
    }
    return n;
}

static int64_t tell_everybody(const Sizes *sizes, const State *state, const Network *network, uint64_t seed,
                              int64_t period, int64_t begin, int64_t end, const Desk *desk, const real *telling,
                              const Mail *mail, int64_t room, int64_t n, double *sums)
{
    const int64_t block = sizes->block;
    uint32_t *restrict senders = desk->words, *restrict receivers = desk->words + block;
    uint32_t *restrict tellers = desk->others;
    int64_t size = 0, n_tellers = 0;
    for (int64_t k = 0; k < end - begin; k++) {
        tellers[n_tellers] = (uint32_t)k;
        n_tellers += telling[begin + k] > 0;
    }
    for (int64_t k = 0; k < n_tellers; k++) {
        const int64_t i = begin + tellers[k];
        const int64_t last = network->complete ? sizes->persons : network->first[i + 1];
        for (int64_t edge = network->complete ? 0 : network->first[i]; edge < last; edge++) {
            if (size == block) {
                n = tell_listed(state, seed, period, desk, block, size, telling, mail, room, n, sums);
                size = 0;
            }
            senders[size] = (uint32_t)i;
            receivers[size++] = network->complete ? (uint32_t)edge : network->neighbours[edge];
        }
    }
    return tell_listed(state, seed, period, desk, block, size, telling, mail, room, n, sums);
}

static inline double message_weight(double message, bool negative, double prior_precision, double belief,
                                    const Hearing *rules)
{
    double weight = rules->message_precision;
    if (negative)
        weight *= rules->negative_impact;
    if (message * belief < 0.0)
        weight /= 1.0 + rules->contradiction * prior_precision * fabs(belief);
    return weight;
}

static void shift_expectations(const Sizes *sizes, real *expectation, int64_t r, double message, double gain)
{
    double mean = 0.0;
    for (int64_t d = 0; d < sizes->departments; d++)
        mean += expectation[d * sizes->persons + r];
    const double shift = gain * (message - mean / sizes->departments);
    for (int64_t d = 0; d < sizes->departments; d++)
        expectation[d * sizes->persons + r] = (real)(expectation[d * sizes->persons + r] + shift);
}

static void hear_everything(const Sizes *sizes, const State *state, const Hearing *rules, int64_t begin, int64_t end,
                            const Mail *mail, int64_t n, const Tally *tally)
{
    const uint32_t *restrict senders = mail->senders, *restrict receivers = mail->receivers;
    int32_t *restrict place = tally->place;
    uint32_t *restrict person = tally->person;
    int64_t *restrict messages = tally->messages;
    double *restrict sums = tally->sums;
    int32_t n_receivers = 0;
    for (int64_t m = 0; m < n; m++) {
        const int64_t r = receivers[m];
        if (r < begin || r >= end)
            continue;
        int32_t k = place[r];
        if (k < 0) {
            k = n_receivers++;
            place[r] = k;
            person[k] = (uint32_t)r;
            messages[k] = 0;
            sums[3 * k] = sums[3 * k + 1] = sums[3 * k + 2] = 0.0;
        }
        const double prior_precision = rules->market_precision + state->information[r];
        const double belief = (rules->market_precision * rules->market_level + state->message_sum[r]) / prior_precision;
        const double satisfaction = state->satisfaction[senders[m]];
        const double message = satisfaction - rules->mean_satisfaction;
        const double weight = message_weight(message, satisfaction <= 0.0, prior_precision, belief, rules);
        sums[3 * k] += weight;
        sums[3 * k + 1] += weight * message;
        sums[3 * k + 2] += message;
        messages[k]++;
    }
    for (int32_t k = 0; k < n_receivers; k++) {
        const int64_t r = person[k];
        place[r] = -1;
        state->information[r] = (real)(state->information[r] + sums[3 * k]);
        state->message_sum[r] = (real)(state->message_sum[r] + sums[3 * k + 1]);
        if (state->ours[r] == 1) {
            const double gain = 1.0 - whole_power(1.0 - rules->customer_gain, messages[k]);
            shift_expectations(sizes, state->expectation, r, sums[3 * k + 2] / (double)messages[k], gain);
        }
    }
}

static void code_block(const uint8_t *restrict ours, const int32_t *restrict last_told, const int8_t *restrict sign,
                       int64_t period, const Moving *rules, int64_t size, int8_t *restrict codes)
{
    /* In 32 bits, as wide as what is loaded: a period less NEVER fits. */
    const int32_t now = (int32_t)period, recall = (int32_t)rules->recall_periods;
    const bool count_all = rules->count_all_customers;
    for (int64_t k = 0; k < size; k++) {
        const int8_t heard_of = now - last_told[k] < recall ? sign[k] : 0;
        const int8_t seen = count_all ? 1 : heard_of;
        codes[k] = ours[k] == 1 ? seen : 0;
    }
}

/* ---- leaving and joining */

static inline double outsider_expectation(double information, double message_sum, const Offer *offer,
                                          const MovingScalars *rules)
{
    const double total = rules->promise_precision + rules->market_precision + information;
    return (rules->promise_precision * offer->promise + rules->market_precision * rules->market_level + message_sum)
         / total;
}

static inline double acquisition_hazard(double innovation, double advantage, double share, const MovingScalars *rules)
{
    const double hazard = innovation * exponential(rules->expectation_effect * advantage) + rules->imitation * share;
    return hazard > 0.0 ? hazard : 0.0;
}

static inline double event_probability(double hazard, double period_years)
{
    return 1.0 - exponential(-hazard * period_years);
}

static inline int64_t find_interested(const State *state, int64_t begin, int64_t size, const uint32_t *restrict words,
                                      const MovingScalars *rules, const Offer *offer, double *restrict bounds,
                                      uint32_t *restrict found)
{
    const uint8_t *restrict ours = state->ours + begin;
    const real *restrict information = state->information + begin, *restrict message_sum = state->message_sum + begin;
    const double innovation = rules->innovation * offer->advertising, rival_quality = offer->rival_quality;
    const MovingScalars local = *rules;
    const Offer now = *offer;
    for (int64_t k = 0; k < size; k++) {
        const double expectation = outsider_expectation(information[k], message_sum[k], &now, &local);
        bounds[k] = local.period_years * acquisition_hazard(innovation, expectation - rival_quality, 1.0, &local);
    }
    int64_t n = 0;
    for (int64_t k = 0; k < size; k++) {
        found[n] = (uint32_t)k;
        n += (ours[k] == 0) & (uniform(words[k]) < bounds[k] + 1e-15);
    }
    return n;
}

static inline int64_t find_customers(const uint8_t *restrict ours, int64_t size, uint32_t *restrict found)
{
    int64_t n = 0;
    for (int64_t k = 0; k < size; k++) {
        found[n] = (uint32_t)k;
        n += ours[k] != 0;
    }
    return n;
}

/* What has to be looked up comes first, so that the arithmetic after it is vectorised. */
static inline void weigh_leaving(const State *state, int64_t begin, const uint32_t *restrict mine, int64_t n,
                                 const Moving *rules, const double *restrict tenure_logs, double rival_satisfaction,
                                 double price_gap, double *restrict baselines, double *restrict out)
{
    const MovingScalars scalars = rules->scalars;
    const double *restrict sensitivity = rules->sensitivity, *restrict segment_hazard = rules->segment_hazard;
    const uint8_t *restrict segments = state->segment + begin;
    const real *restrict frailties = state->frailty + begin, *restrict satisfactions = state->satisfaction + begin;
    const int32_t *restrict tenures = state->tenure + begin;
    for (int64_t k = 0; k < n; k++) {
        const uint32_t i = mine[k];
        const uint8_t segment = segments[i];
        baselines[k] = scalars.baseline_hazard * segment_hazard[segment] * frailties[i];
        out[k] = -sensitivity[segment] * (satisfactions[i] - rival_satisfaction) + scalars.price_effect * price_gap
               - scalars.tenure_effect * tenure_logs[(uint32_t)tenures[i]];
    }
    for (int64_t k = 0; k < n; k++)
        out[k] = event_probability(baselines[k] * exponential(out[k]), scalars.period_years);
}

static inline void count_customers(const State *state, int64_t begin, const uint32_t *restrict mine, int64_t n,
                                   const double *restrict probabilities, const MovingScalars *rules,
                                   double *restrict sums)
{
    const real *restrict satisfactions = state->satisfaction + begin, *restrict transients = state->transient + begin;
    const real *restrict values = state->value + begin;
    const int32_t *restrict tenures = state->tenure + begin;
    double revenue = sums[1], value_sum = sums[2], felt = sums[3], squares = sums[4];
    double reports = sums[5], tenure_sum = sums[10], expected_churn = sums[11];
    int64_t satisfied = 0, promoters = 0, detractors = 0, loyal = 0;
    for (int64_t k = 0; k < n; k++) {
        const uint32_t i = mine[k];
        const real satisfaction = satisfactions[i], reported = satisfaction + transients[i];
        const double value = values[i] * rules->period_years;
        const double bounded = satisfaction < -1.0 ? -1.0 : satisfaction > 1.0 ? 1.0 : satisfaction;
        revenue += value * (1.0 + rules->spend_effect * bounded);
        value_sum += value;
        felt += satisfaction;
        squares += satisfaction * satisfaction;
        reports += reported;
        satisfied += satisfaction > 0;
        promoters += reported >= rules->promoter_cut;
        detractors += reported <= rules->detractor_cut;
        loyal += (satisfaction > 0) & (tenures[i] >= rules->periods_per_year);
        tenure_sum += tenures[i] * rules->period_years;
        expected_churn += probabilities[k];
    }
    sums[0] += (double)n;
    sums[1] = revenue;
    sums[2] = value_sum;
    sums[3] = felt;
    sums[4] = squares;
    sums[5] = reports;
    sums[6] += (double)satisfied;
    sums[7] += (double)promoters;
    sums[8] += (double)detractors;
    sums[9] += (double)loyal;
    sums[10] = tenure_sum;
    sums[11] = expected_churn;
}

static void leave(const Sizes *sizes, const State *state, int64_t i, double own_experience_precision)
{
    double mean = 0.0;
    for (int64_t d = 0; d < sizes->departments; d++)
        mean += state->expectation[d * sizes->persons + i];
    state->ours[i] = 0;
    state->tenure[i] = 0;
    state->information[i] = (real)own_experience_precision;
    state->message_sum[i] = (real)(own_experience_precision * (mean / sizes->departments));
}

static inline int64_t leave_or_stay(const Sizes *sizes, const State *state, int64_t begin,
                                    const uint32_t *restrict mine, int64_t n, const uint32_t *restrict words,
                                    const double *restrict probabilities, double own_experience_precision)
{
    int64_t n_left = 0;
    for (int64_t k = 0; k < n; k++) {
        const int64_t i = begin + mine[k];
        if (uniform(words[mine[k]]) < probabilities[k]) {
            n_left++;
            leave(sizes, state, i, own_experience_precision);
        } else {
            state->tenure[i]++;
        }
    }
    return n_left;
}

static inline double teller_balance(const Network *network, const int8_t *restrict codes, int64_t i,
                                    double negative_weight)
{
    const int64_t begin = network->first[i], end = network->first[i + 1];
    int64_t positive = 0, negative = 0;
    if (begin == end)
        return 0.0;
    for (int64_t edge = begin; edge < end; edge++) {
        const int8_t code = codes[network->neighbours[edge]];
        positive += code > 0;
        negative += code < 0;
    }
    return ((double)positive - negative_weight * (double)negative) / (double)(end - begin);
}

static void join(const Sizes *sizes, const State *state, int64_t i, double expectation, double rival_satisfaction,
                 double frailty)
{
    state->ours[i] = 1;
    state->tenure[i] = 0;
    for (int64_t d = 0; d < sizes->departments; d++) {
        state->expectation[d * sizes->persons + i] = (real)expectation;
        state->contacts[d * sizes->persons + i] = 0;
    }
    state->satisfaction[i] = (real)(rival_satisfaction + state->personal_satisfaction[i]);
    state->transient[i] = 0;
    state->last_failure[i] = NEVER;
    state->last_told[i] = NEVER;
    state->last_told_sign[i] = 0;
    state->frailty[i] = (real)frailty;
}

static bool join_or_not(const Sizes *sizes, const State *state, const Network *network, const Moving *rules,
                        const Offer *offer, int64_t i, double u, double u_frailty, const int8_t *restrict codes,
                        double balance, double rival_satisfaction)
{
    const MovingScalars *scalars = &rules->scalars;
    const double share =
        network->complete ? balance : teller_balance(network, codes, i, scalars->negative_weight);
    const double expectation = outsider_expectation(state->information[i], state->message_sum[i], offer, scalars);
    const double innovation = scalars->innovation * offer->advertising;
    const double hazard = acquisition_hazard(innovation, expectation - offer->rival_quality, share, scalars);
    if (u >= event_probability(hazard, scalars->period_years))
        return false;
    const int64_t drawn = (int64_t)(u_frailty * (double)sizes->frailties), last = sizes->frailties - 1;
    join(sizes, state, i, expectation, rival_satisfaction, rules->frailty_table[drawn < last ? drawn : last]);
    return true;
}

static void move_block(const Sizes *sizes, const State *state, const Network *network, const Moving *rules,
                       const Offer *offer, uint64_t seed, int64_t period, int64_t begin, int64_t end, const Desk *desk,
                       const double *restrict tenure_logs, const int8_t *restrict codes, double balance,
                       double *restrict sums)
{
    const MovingScalars *scalars = &rules->scalars;
    const double rival_satisfaction = scalars->rival_intercept + scalars->rival_slope * offer->rival_quality;
    const int64_t size = end - begin, block = sizes->block;
    fill_words(seed, CUSTOMER, (uint32_t)period, begin, size, block, desk->words);
    /* Who is interested is found before anybody leaves: nobody joins in the period in which they left. */
    const int64_t n_interested =
        find_interested(state, begin, size, desk->words + 2 * block, scalars, offer, desk->numbers, desk->others);
    const int64_t n = find_customers(state->ours + begin, size, desk->chosen);
    weigh_leaving(state, begin, desk->chosen, n, rules, tenure_logs, rival_satisfaction, offer->price_gap,
                  desk->more_numbers, desk->numbers);
    count_customers(state, begin, desk->chosen, n, desk->numbers, scalars, sums);
    sums[12] += (double)leave_or_stay(sizes, state, begin, desk->chosen, n, desk->words + block, desk->numbers,
                                      scalars->own_experience_precision);
    for (int64_t k = 0; k < n_interested; k++) {
        const uint32_t place = desk->others[k];
        const double u = uniform(desk->words[2 * block + place]), u_frailty = uniform(desk->words[3 * block + place]);
        sums[13] += join_or_not(sizes, state, network, rules, offer, begin + place, u, u_frailty, codes, balance,
                                rival_satisfaction);
    }
}

/* ---- the passes of a period over the rows from first up to last, as in sim/market/kernels/passes.py */

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

void live(int64_t first, int64_t last, const Sizes *sizes, const Desk *desk, const State *state, const Rules *rules,
          const Offer *offer, uint64_t seed, int64_t period, real *telling, double *sums)
{
    const int64_t n = sizes->departments, n_sums = DEPARTMENT_SUMS * n + 2 * n * n + 2 + 3 * sizes->journeys;
    for (int64_t row = first; row < last; row++) {
        const int64_t end = smaller(sizes->persons, (row + 1) * ROW);
        for (int64_t begin = row * ROW; begin < end; begin += sizes->block)
            live_block(sizes, state, rules, offer, seed, period, begin, smaller(end, begin + sizes->block), desk,
                       telling, sums + row * n_sums);
    }
}

int64_t tell(int64_t first, int64_t last, const Sizes *sizes, const Desk *desk, const State *state,
             const Network *network, uint64_t seed, int64_t period, const real *telling, const Mail *mail, int64_t room,
             double *sums)
{
    int64_t n = 0;
    for (int64_t row = first; row < last; row++) {
        const int64_t end = smaller(sizes->persons, (row + 1) * ROW);
        for (int64_t begin = row * ROW; begin < end; begin += sizes->block)
            n = tell_everybody(sizes, state, network, seed, period, begin, smaller(end, begin + sizes->block), desk,
                               telling, mail, room, n, sums + row * 2);
    }
    return n;
}

void hear(int64_t first, int64_t last, const Sizes *sizes, const State *state, const Rules *rules, const Mail *mail,
          int64_t n, const Tally *tally)
{
    const int64_t end = smaller(sizes->persons, last * ROW);
    hear_everything(sizes, state, &rules->hearing, first * ROW, end, mail, n, tally);
}

void code(int64_t first, int64_t last, const Sizes *sizes, const State *state, const Rules *rules, int64_t period,
          int8_t *codes)
{
    const int64_t begin = first * ROW, end = smaller(sizes->persons, last * ROW);
    code_block(state->ours + begin, state->last_told + begin, state->last_told_sign + begin, period, &rules->moving,
               end - begin, codes + begin);
}

void move(int64_t first, int64_t last, const Sizes *sizes, const Desk *desk, const State *state, const Network *network,
          const Rules *rules, const Offer *offer, uint64_t seed, int64_t period, const double *tenure_logs,
          const int8_t *codes, double balance, double *sums)
{
    for (int64_t row = first; row < last; row++) {
        const int64_t end = smaller(sizes->persons, (row + 1) * ROW);
        for (int64_t begin = row * ROW; begin < end; begin += sizes->block)
            move_block(sizes, state, network, &rules->moving, offer, seed, period, begin,
                       smaller(end, begin + sizes->block), desk, tenure_logs, codes, balance, sums + row * MOVING_SUMS);
    }
}
