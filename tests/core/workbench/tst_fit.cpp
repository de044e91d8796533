// SPDX-License-Identifier: GPL-3.0-or-later
// The fit: budgets are kept, locks stay, and what it says of the front and of every step is so.
#include "core/base/error.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/fit/fits.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/analyze/fakes.h"
#include "tests/core/quantize/hand_model.h"
#include "tests/core/random_weights.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/refusal.h"

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <atomic>

using namespace bitloom;

namespace {

/// Stops once so much is reported as done.
class StopAt : public Progress {
public:
    explicit StopAt(double fraction)
        : m_fraction(fraction)
    {
    }
    void report(double fraction, std::string_view) override
    {
        m_stopped = m_stopped || fraction >= m_fraction;
    }
    bool stopRequested() const override { return m_stopped; }

private:
    double m_fraction;
    std::atomic<bool> m_stopped = false;
};

/// More weights than a fit looks at.
constexpr int64_t kRows = 2048;
constexpr int64_t kColumns = 1024;

/// Random rows, 3 times larger where a fit does not look: at all but every eighth band of 32.
Matrix unevenMatrix(uint64_t seed)
{
    Matrix weights = gaussianMatrix(kRows, kColumns, seed);
    for (int64_t row = 0; row < kRows; ++row)
        for (float& value : weights.row(row))
            value *= row / 32 % 8 == 0 ? 1 : 3;
    return weights;
}

/// Two large slots, all weights of which matter alike.
std::unique_ptr<Workbench> unevenWorkbench()
{
    auto model = std::make_shared<Model>();
    for (const uint64_t seed : {1, 2})
        addTensor(*model, "slot" + std::to_string(seed), {kRows, kColumns}, unevenMatrix(seed),
                  "f16", true);
    auto workbench = std::make_unique<Workbench>(model, torchEngines());
    SlotFisher alike{std::vector<float>(kRows, 1.0F), {}, kRows};
    alike.columnSums.assign(kColumns, static_cast<float>(kRows) / kColumns);
    Fisher fisher;
    fisher.slots = {alike, alike};
    workbench->calibration().setFisher(fisher);
    return workbench;
}

} // namespace

class TestFit : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_workbench;

    const Model& model() const { return m_workbench->model(); }

private Q_SLOTS:
    void initTestCase()
    {
        m_workbench = openSample();
        Progress progress;
        const Fisher fisher =
            m_workbench->calibration().measureSensitivity(sampleCalibration(8), progress);
        QCOMPARE(fisher.windows, 8);
    }

    void theBudgetIsObeyedAndMoreNeverHurts()
    {
        BITLOOM_SLOW_WITH_SANITIZERS();
        Progress progress;
        double before = 1e9;
        for (const double bits : {2.75, 3.3, 3.7, 4.5, 6.0}) {
            FitSettings settings;
            settings.bitsPerWeight = bits;
            settings.methods = {"nearest"};
            const FitResult result = m_workbench->fits().fit({}, settings, progress);
            QVERIFY(result.complete);
            QVERIFY(result.size.bitsPerWeight() <= bits);
            QVERIFY(result.size.bitsPerWeight() > bits - 0.1);
            QVERIFY(result.predictedKl < before);
            QCOMPARE(result.recipe.modelIdentity, model().identity);
            QVERIFY(recipeProblem(result.recipe, model()).empty());
            before = result.predictedKl;
        }
    }

    void aBudgetInBytesIsTheWholeFile()
    {
        Progress progress;
        FitSettings settings;
        settings.fileBytes = 2000001;
        settings.methods = {"nearest"};
        const FitResult result = m_workbench->fits().fit({}, settings, progress);
        QVERIFY(result.size.fileBytes <= 2000001);
        QVERIFY(result.size.fileBytes > 1980000);
        const QTemporaryDir folder;
        const std::string file = folder.filePath("bytes.gguf").toStdString();
        QCOMPARE(m_workbench->exports().exportModel(result.recipe, "gguf", file, progress).bytes,
                 result.size.fileBytes);
    }

    /// The smallest file that loses no more, locked slots counted; a tenth more damage is smaller.
    void aBudgetOfDamageIsTheSmallestFile()
    {
        Recipe start;
        start.target = "safetensors";
        start.slots["model.layers.0.mlp.up_proj"] = {{"int3-g32-sym", "nearest", {}, {}},
                                                     {true, {}, {}}};
        Progress progress;
        FitSettings settings = integerFit(4);
        settings.bitsPerWeight.reset();
        settings.mostDamage = 0.01;
        const FitResult result = m_workbench->fits().fit(start, settings, progress);
        QVERIFY2(result.predictedKl <= 0.01 * (1 + 1e-6) && result.predictedKl > 0.0097,
                 qPrintable(QString::number(result.predictedKl)));
        settings.mostDamage = 0.011;
        QVERIFY(m_workbench->fits().fit(start, settings, progress).size.fileBytes <
                result.size.fileBytes);
        settings.mostDamage = 1e-6; // less than the locked slot loses by itself
        const QString said = refusal([&] { m_workbench->fits().fit(start, settings, progress); });
        QVERIFY2(said.startsWith("[fit] with these schemes, locked slots and limits at least"),
                 qPrintable(said));
    }

    /// Its corners are what a fit finds for their bytes, locked slots and all.
    void theFrontIsWhatFitsFind()
    {
        Recipe start;
        start.target = "safetensors";
        start.slots["model.layers.0.mlp.up_proj"] = {{"int3-g32-sym", "nearest", {}, {}},
                                                     {true, {}, {}}};
        Progress progress;
        const auto front = m_workbench->fits().fit(start, integerFit(4.5), progress).front;
        QVERIFY(front.size() > 20 && front.size() <= 201);
        for (size_t i = 1; i < front.size(); ++i) {
            QVERIFY(front[i].fileBytes >= front[i - 1].fileBytes);
            QVERIFY(front[i].bitsPerWeight > front[i - 1].bitsPerWeight);
            QVERIFY(front[i].predicted < front[i - 1].predicted);
        }
        for (const size_t at : {size_t{0}, front.size() / 3, front.size() - 1}) {
            const FitResult fit = m_workbench->fits().fit(
                start, integerFit(front[at].bitsPerWeight + 1e-9), progress);
            QCOMPARE(fit.size.fileBytes, front[at].fileBytes);
            QVERIFY(std::abs(fit.predictedKl / front[at].predicted - 1) < 1e-6);
        }
    }

    /// A step more or less trades what the fit says it would, bytes and damage.
    void reasonsAreWhatStepsTrade()
    {
        Recipe start;
        start.target = "safetensors";
        Progress progress;
        const FitResult fit = m_workbench->fits().fit(start, integerFit(4), progress);
        QCOMPARE(static_cast<int64_t>(fit.reasons.size()),
                 std::ranges::count_if(model().graph.slots, &Slot::quantizable));
        int up = 0;
        for (size_t i = 0; i < fit.reasons.size(); i += 5) {
            const FitReason& reason = fit.reasons[i];
            const std::string name = model().graph.slot(reason.slots.front()).name;
            QCOMPARE(fit.recipe.slots.at(name).scheme, reason.scheme);
            for (const auto& [step, sign] : {std::pair(reason.up, 1), std::pair(reason.down, -1)}) {
                if (!step)
                    continue;
                Recipe changed = fit.recipe;
                changed.slots[name].scheme = step->scheme;
                const Size size = m_workbench->opened().size(changed);
                QCOMPARE(size.quantizableBytes - fit.size.quantizableBytes, sign * step->bytes);
                const double damage =
                    m_workbench->predictions().predictedKl(changed, progress).value();
                QVERIFY(std::abs(fit.predictedKl - damage - sign * step->damage) <
                        1e-9 + 1e-6 * step->damage);
                up += sign > 0 ? 1 : 0;
            }
        }
        QVERIFY(up > 2);
        QVERIFY(fit.reasons.front().price > 0);
    }

    /// A slot that was measured to lose far more than predicted gets more bits, within the budget.
    void whatWasMeasuredDecides()
    {
        Progress progress;
        const auto workbench = openSample();
        workbench->calibration().setFisher(m_workbench->calibration().fisher().value());
        const std::string name = "model.layers.1.mlp.down_proj";
        const int slot = model().graph.findSlot(name);
        const FitSettings settings = integerFit(4);
        Recipe start;
        start.target = "safetensors";
        const FitResult before = workbench->fits().fit(start, settings, progress);
        for (const char* scheme : {"int2-g32-sym", "int3-g32-sym", "int4-g32-sym"}) {
            const SlotChoice choice{scheme, "nearest", {}, {}, {}};
            const double damage =
                workbench->slotErrors().slotError(slot, choice, true, progress).damage;
            workbench->measuredVariants().addTrial(
                {{{workbench->calibration().transformed().key(slot, choice)}, {}}, "some text"},
                {50 * damage, damage});
        }
        const FitResult after = workbench->fits().fit(start, settings, progress);
        const auto bits = [&](const FitResult& fit) {
            return schemeNamed(fit.recipe.choice(name).scheme).bits();
        };
        QVERIFY2(bits(after) > bits(before),
                 qPrintable(QString("%1 %2").arg(bits(before)).arg(bits(after))));
        QVERIFY(after.size.bitsPerWeight() <= 4);
        QCOMPARE(after.predictedKl,
                 workbench->predictions().prediction(after.recipe, progress).value().damages.total);
    }

    void lockedSlotsStay()
    {
        Recipe start;
        start.slots["model.embed_tokens"] = {{"q8_0", "nearest", {}, {}}, {true, {}, {}}};
        start.slots["model.layers.0.mlp.up_proj"] = {{"", "mse", {}, {}}, {true, {}, {}}};
        Progress progress;
        FitSettings settings;
        settings.bitsPerWeight = 5.5;
        settings.methods = {"nearest"};
        const FitResult result = m_workbench->fits().fit(start, settings, progress);
        for (const auto& [name, choice] : start.slots)
            QVERIFY(result.recipe.slots.at(name) == choice);
        QVERIFY(result.size.bitsPerWeight() <= 5.5);
        settings.bitsPerWeight = 2.5; // less than the locked ones leave
        QVERIFY_THROWS_EXCEPTION(Error, m_workbench->fits().fit(start, settings, progress));
    }

    void aStoppedFitReturnsTheStart()
    {
        auto fresh = openSample();
        fresh->calibration().setFisher(*m_workbench->calibration().fisher());
        const Recipe start = uniform(model(), "int4-g32-sym");
        StopAfter progress(3);
        const FitResult result = fresh->fits().fit(start, integerFit(4.5), progress);
        QVERIFY(!result.complete);
        QVERIFY(result.recipe == start);
    }

    /// Looking at inputs only near the best is hardly worse; far from it, damages are guesses.
    void nearTheBestIsEnough()
    {
        Progress progress;
        FitSettings settings;
        settings.bitsPerWeight = 4;
        settings.methods = {"gptq"};
        for (const char* bits : {"2", "3", "4", "5", "6", "8"})
            settings.schemes.push_back("int" + std::string(bits) + "-g32-asym");
        Recipe start;
        start.target = "safetensors";
        const FitCost cost = m_workbench->fits().fitCost(start, settings, progress);
        const auto slots = std::ranges::count_if(model().graph.slots, &Slot::quantizable);
        QVERIFY(cost.encodings == 6 * slots);
        QVERIFY(cost.seconds > 0 && cost.secondsNearBest < cost.seconds * 0.6);
        const FitResult full = m_workbench->fits().fit(start, settings, progress);
        settings.nearBestOnly = true;
        const FitResult quick = m_workbench->fits().fit(start, settings, progress);
        QVERIFY(quick.size.bitsPerWeight() <= 4);
        QVERIFY2(quick.predictedKl < full.predictedKl * 1.03,
                 qPrintable(QString::number(quick.predictedKl / full.predictedKl)));
        for (const auto& [slot, choice] : quick.recipe.slots)
            QCOMPARE(choice.method, std::string("gptq"));
        const double worst = quick.front.front().predicted / full.front.front().predicted;
        QVERIFY2(worst != 1 && worst > 0.6 && worst < 1.6, qPrintable(QString::number(worst)));
        settings.methods = {"mse"};
        QCOMPARE(m_workbench->fits().fitCost(start, settings, progress).encodings, 0);
    }

    /// Floors and ceilings hold for the slots they name, and cost something.
    void limitsHold()
    {
        Progress progress;
        Recipe start;
        start.target = "safetensors";
        FitSettings settings = integerFit(4);
        const FitResult free = m_workbench->fits().fit(start, settings, progress);
        std::vector<int> floor;
        std::vector<int> ceiling;
        for (int slot = 0; slot < static_cast<int>(model().graph.slots.size()); ++slot) {
            const Slot& place = model().graph.slot(slot);
            if (place.role == Role::FeedForwardUp) {
                floor.push_back(slot);
                start.slots[place.name].fit.leastBits = 5;
            }
            if (place.role == Role::AttentionValue) {
                ceiling.push_back(slot);
                start.slots[place.name].fit.mostBits = 3.6;
            }
        }
        const FitResult limited = m_workbench->fits().fit(start, settings, progress);
        const auto bits = [&](const FitResult& fit, int slot) {
            const Slot& place = model().graph.slot(slot);
            const std::string& scheme = fit.recipe.choice(place.name).scheme;
            return 8.0 * static_cast<double>(slotBytes(model(), place, scheme)) /
                   static_cast<double>(place.weights());
        };
        const auto broken = [&](const FitResult& fit) {
            const auto low = [&](int slot) { return bits(fit, slot) < 5; };
            const auto high = [&](int slot) { return bits(fit, slot) > 3.6; };
            return std::ranges::count_if(floor, low) + std::ranges::count_if(ceiling, high);
        };
        QVERIFY(broken(free) > 0);
        QCOMPARE(broken(limited), 0);
        QVERIFY(limited.size.bitsPerWeight() <= 4);
        QVERIFY(limited.predictedKl > free.predictedKl);
        for (const int slot : floor) // nothing has so many bits
            start.slots[model().graph.slot(slot).name].fit.mostBits = 5.01;
        QVERIFY(refusal([&] {
                    m_workbench->fits().fit(start, settings, progress);
                }).contains("none of the listed schemes within its limits"));
    }

    /// Locked slots are measured as the others are, and a stop while they are is one.
    void aFitOfLockedSlotsStopsToo()
    {
        const auto fresh = openSample();
        fresh->calibration().setFisher(*m_workbench->calibration().fisher());
        Recipe start = uniform(model(), "int4-g32-sym");
        for (auto& [name, choice] : start.slots)
            choice.fit.locked = true;
        StopAfter soon(3);
        QVERIFY(!fresh->fits().fit(start, integerFit(5), soon).complete);
        Progress progress;
        const FitResult all = fresh->fits().fit(start, integerFit(5), progress);
        QVERIFY(all.complete && all.recipe.slots == start.slots && all.reasons.empty());
        QCOMPARE(all.front.size(), size_t{1});
        QCOMPARE(all.front.front().predicted, all.predictedKl);
    }

    void aStopAfterTheChoicesWereMeasuredIsOne()
    {
        Recipe start;
        start.target = "safetensors";
        StopAt measured(0.95);
        const FitResult result = m_workbench->fits().fit(start, integerFit(4.5), measured);
        QVERIFY(!result.complete && result.front.empty());
        QVERIFY(result.recipe == start);
    }

    /// Of a large slot the fit looks at some rows only. Where others lose more, what is predicted
    /// still stays within what was asked for.
    void aBudgetOfDamageHoldsForLargeSlots()
    {
        const auto workbench = unevenWorkbench();
        Recipe start;
        start.target = "safetensors";
        FitSettings settings = integerFit(4);
        settings.bitsPerWeight.reset();
        Progress progress;
        for (const double most : {0.3, 0.03, 0.003}) {
            settings.mostDamage = most;
            const FitResult result = workbench->fits().fit(start, settings, progress);
            QVERIFY2(result.predictedKl <= most * (1 + 1e-6) && result.predictedKl > most / 20,
                     qPrintable(QString::number(result.predictedKl)));
            QCOMPARE(workbench->predictions().predictedKl(result.recipe, progress).value(),
                     result.predictedKl);
        }
        settings.mostDamage = 1e-6;
        const QString said = refusal([&] { workbench->fits().fit(start, settings, progress); });
        QVERIFY2(said.contains("at least"), qPrintable(said));
    }

    void aFitNeedsASensitivityAndOneBudget()
    {
        Progress progress;
        FitSettings settings;
        QVERIFY_THROWS_EXCEPTION(Error, m_workbench->fits().fit({}, settings, progress));
        settings.bitsPerWeight = 4;
        QVERIFY_THROWS_EXCEPTION(Error, openSample()->fits().fit({}, settings, progress));
    }
};

QTEST_APPLESS_MAIN(TestFit)
#include "tst_fit.moc"
