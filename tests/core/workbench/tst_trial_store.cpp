// SPDX-License-Identifier: GPL-3.0-or-later
// What was measured in one session is known in the next.
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/session/sample.h"
#include "core/workbench/session/trial_store.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

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

class TestTrialStore : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::shared_ptr<const Model> m_model;

private Q_SLOTS:
    void initTestCase() { m_model = openModel(sampleFolder()); }

    void comeBackToTheLastBit()
    {
        const MeasurementStore store(m_folder.filePath("store").toStdString());
        TrialStore(*m_model, store).keep(someTrials());
        QVERIFY(same(TrialStore(*m_model, store).load(), someTrials()));
        Model other = {};
        other.identity = "another";
        QVERIFY(TrialStore(other, store).load().empty());
    }

    void unknownSlotsAndNonsenseAreLeftOut()
    {
        const MeasurementStore store(m_folder.filePath("nonsense").toStdString());
        const TrialStore stored(*m_model, store);
        stored.keep(someTrials());
        Model renamed = {};
        renamed.identity = m_model->identity;
        QVERIFY(TrialStore(renamed, store).load().empty());
        QVERIFY(TrialStore(*m_model, MeasurementStore()).load().empty());
    }

    void aWorkbenchKnowsWhatAnotherMeasured()
    {
        qputenv("BITLOOM_CACHE", m_folder.filePath("bench").toUtf8());
        const TrialKey key = someTrials().begin()->first;
        Workbench::open("sample", torchEngines())->measuredVariants().addTrial(key, {0.25, 0.5});
        Progress progress;
        const Trials known =
            Workbench::open("sample", torchEngines())->measuredVariants().trials(progress);
        QCOMPARE(known.size(), size_t{1});
        QCOMPARE(known.at(key).measured.value, 0.25);
        QCOMPARE(known.at(key).measured.standardError, 0.5);
    }
};

QTEST_APPLESS_MAIN(TestTrialStore)
#include "tst_trial_store.moc"
