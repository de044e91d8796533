// SPDX-License-Identifier: GPL-3.0-or-later
// What was measured in one session is known in the next.
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/session/kept_trials.h"
#include "core/workbench/session/sample.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_bench.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace bitloom;

namespace {

Trials someTrials()
{
    const SlotKey plain{1, {"int4-g32-sym", "nearest", {}, {}}, {}, {}};
    const SlotKey clipped{2, {"int4-g32-asym", "gptq", -0.1, 1.0 / 3}, {}, "calibration"};
    Trials trials;
    trials[{{{plain}, {}}, "examples"}] = {{0.1 + 0.2, 1e-300}, std::nullopt};
    const PriorPrediction prior = {{1.0 / 3, 0.1, 0.7}, 2, 5};
    trials[{{{plain, clipped}, {}}, "examples"}] = {{2, 0}, prior};
    return trials;
}

bool same(const std::optional<PriorPrediction>& a, const std::optional<PriorPrediction>& b)
{
    if (!a || !b)
        return !a && !b;
    return a->range.value == b->range.value && a->range.low == b->range.low &&
           a->range.high == b->range.high && a->learntFrom == b->learntFrom &&
           a->slotsMeasured == b->slotsMeasured;
}

bool same(const Trials& a, const Trials& b)
{
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
        return x.first == y.first && x.second.measured.value == y.second.measured.value &&
               x.second.measured.standardError == y.second.measured.standardError &&
               same(x.second.predicted, y.second.predicted);
    });
}

} // namespace

class TestKeptTrials : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_model;

private Q_SLOTS:
    void initTestCase() { m_model = openModel(sampleFolder()); }

    void comeBackToTheLastBit()
    {
        const MeasurementStore store(m_folder.filePath("store").toStdString());
        KeptTrials(*m_model, store).keep(someTrials());
        QVERIFY(same(KeptTrials(*m_model, store).load(), someTrials()));
        Model other = {};
        other.identity = "another";
        QVERIFY(KeptTrials(other, store).load().empty());
    }

    void unknownSlotsAndNonsenseAreLeftOut()
    {
        const MeasurementStore store(m_folder.filePath("nonsense").toStdString());
        const KeptTrials kept(*m_model, store);
        kept.keep(someTrials());
        Model renamed = {};
        renamed.identity = m_model->identity;
        QVERIFY(KeptTrials(renamed, store).load().empty());
        QVERIFY(KeptTrials(*m_model, MeasurementStore()).load().empty());
    }

    void aWorkbenchKnowsWhatAnotherMeasured()
    {
        qputenv("BITLOOM_CACHE", m_folder.filePath("bench").toUtf8());
        const TrialKey key = someTrials().begin()->first;
        Workbench::open("sample", torchEngines())->measuredVariants().keepTrial(key, {0.25, 0.5});
        Progress progress;
        const Trials known =
            Workbench::open("sample", torchEngines())->measuredVariants().trials(progress);
        QCOMPARE(known.size(), size_t{1});
        QCOMPARE(known.at(key).measured.value, 0.25);
        QCOMPARE(known.at(key).measured.standardError, 0.5);
    }
};

QTEST_APPLESS_MAIN(TestKeptTrials)
#include "tst_kept_trials.moc"
