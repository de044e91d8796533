// SPDX-License-Identifier: GPL-3.0-or-later
// Two recipes side by side: what differs, what it costs, and taking choices over.
#include "core/workbench/evaluation/compare_recipes.h"

#include "core/base/error.h"
#include "core/workbench/prediction/predictions.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/sample.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"
#include "tests/stop_after.h"

#include <QTest>

using namespace bitloom;

class TestCompareRecipes : public QObject {
    Q_OBJECT

    std::shared_ptr<Workbench> m_workbench;
    Progress m_progress;
    Recipe m_four;
    Recipe m_mixed;
    const std::string m_down = "model.layers.1.mlp.down_proj";
    const std::string m_query = "model.layers.0.self_attn.q_proj";

    const Model& model() const { return m_workbench->model(); }
    int slot(const std::string& name) const { return model().graph.findSlot(name); }

private Q_SLOTS:
    void initTestCase()
    {
        m_workbench = openSample();
        m_four = uniform(model(), "int4-g32-sym");
        m_mixed = m_four;
        m_mixed.slots[m_down].scheme = "int2-g32-sym";
        m_mixed.slots[m_query].scheme = "int8-g32-sym";
        m_mixed.slots["model.layers.2.mlp.up_proj"].fit.locked = true;
    }

    /// Bytes need no measurement; a lock alone is no difference.
    void namesWhatDiffers()
    {
        const RecipeComparison found =
            compareRecipes(m_workbench->predictions(), m_four, m_mixed, m_progress);
        QVERIFY(found.complete);
        QCOMPARE(found.differences.size(), size_t{2});
        QCOMPARE(found.differences[0].slot, slot(m_query));
        QCOMPARE(found.differences[1].slot, slot(m_down));
        QVERIFY(found.differences[0].bytes() > 0 && found.differences[1].bytes() < 0);
        QCOMPARE(found.differences[0].bytes() + found.differences[1].bytes(),
                 found.sizeB.quantizableBytes - found.sizeA.quantizableBytes);
        QVERIFY(!found.differences[0].damage());
        QVERIFY(!found.predictionA);
        QVERIFY(compareRecipes(m_workbench->predictions(), m_four, m_four, m_progress)
                    .differences.empty());
    }

    /// Each difference costs what the whole prediction differs by.
    void differencesAddUp()
    {
        CalibrationSettings text;
        text.text = readTextFile(sampleFolder() + "/calibration.txt");
        text.windows = 4;
        m_workbench->calibration().measureSensitivity(text, m_progress);
        const RecipeComparison found =
            compareRecipes(m_workbench->predictions(), m_four, m_mixed, m_progress);
        double sum = 0;
        for (const SlotDifference& difference : found.differences)
            sum += *difference.damage();
        QVERIFY(*found.differences[0].damage() < 0 && *found.differences[1].damage() > 0);
        const double whole = found.predictionB->damages.total - found.predictionA->damages.total;
        QVERIFY2(std::abs(sum - whole) < 1e-9, qPrintable(QString("%1 %2").arg(sum).arg(whole)));
        const RecipeComparison back =
            compareRecipes(m_workbench->predictions(), m_mixed, m_four, m_progress);
        QCOMPARE(*back.differences[0].damage(), -*found.differences[0].damage());
        Recipe original = m_four;
        original.slots.clear();
        const RecipeComparison all =
            compareRecipes(m_workbench->predictions(), original, m_four, m_progress);
        QCOMPARE(all.predictionA->damages.total, 0.0);
        QVERIFY(all.differences.size() > 20);
    }

    void stoppedItKeepsTheBytes()
    {
        StopAfter stop(0);
        const RecipeComparison found =
            compareRecipes(m_workbench->predictions(), m_four, m_mixed, stop);
        QVERIFY(!found.complete);
        QCOMPARE(found.differences.size(), size_t{2});
        QVERIFY(!found.differences[1].damage());
        QVERIFY(found.differences[1].bytes() < 0);
    }

    void takesChoicesOverButNoLocks()
    {
        Recipe locked = m_four;
        locked.slots[m_down].fit.locked = true;
        const Recipe merged = withChoicesOf(model(), locked, m_mixed, {slot(m_down)});
        QCOMPARE(merged.choice(m_down).scheme, std::string("int2-g32-sym"));
        QVERIFY(merged.choice(m_down).fit.locked);
        QCOMPARE(merged.choice(m_query), m_four.choice(m_query));
        Recipe original = m_four;
        original.slots.clear();
        QVERIFY(!withChoicesOf(model(), m_four, original, {slot(m_query)}).slots.contains(m_query));
    }

    void refusesWhatTheTargetCannotHold()
    {
        Recipe gguf;
        gguf.target = "gguf";
        QVERIFY_EXCEPTION_THROWN(withChoicesOf(model(), gguf, m_four, {slot(m_down)}), Error);
        Recipe foreign = m_four;
        foreign.slots["no.such.slot"].scheme = "int4-g32-sym";
        QVERIFY_EXCEPTION_THROWN(
            compareRecipes(m_workbench->predictions(), m_four, foreign, m_progress), Error);
    }
};

QTEST_GUILESS_MAIN(TestCompareRecipes)
#include "tst_compare_recipes.moc"
