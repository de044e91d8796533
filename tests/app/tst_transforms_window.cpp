// SPDX-License-Identifier: GPL-3.0-or-later
// Transforms in the window: chosen in a dialog, seen by every figure, one edit to undo.
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/nameless_controls.h"
#include "tests/app/window_driver.h"

#include <QCheckBox>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QPushButton>

using namespace bitloom;

class TestTransformsWindow : public QObject, private WindowDriver {
    Q_OBJECT

    AppFixture m_fixture;

    const std::vector<TransformStep>& transforms() const { return session().recipe().transforms; }
    void choose(bool smooth, double alpha)
    {
        find<QAction>("transforms")->trigger();
        find<QCheckBox>("transform-smoothquant")->setChecked(smooth);
        find<QDoubleSpinBox>("transform-smoothquant-alpha")->setValue(alpha);
        click("transformsOk");
        QTRY_VERIFY(!window->findChild<QDialog*>("transformsDialog"));
    }

private Q_SLOTS:
    void initTestCase() { showSample(); }
    void cleanup()
    {
        TRY_IDLE();
        QCOMPARE(AppFixture::takeWarnings(), QStringList());
    }
    void cleanupTestCase() { window.reset(); }

    void oneEditToUndo()
    {
        find<QAction>("transforms")->trigger();
        QCOMPARE(namelessControls(*find<QDialog>("transformsDialog")), QStringList());
        QVERIFY(!find<QDoubleSpinBox>("transform-smoothquant-alpha")->isEnabled());
        click("transformsCancel");
        QTRY_VERIFY(!window->findChild<QDialog*>("transformsDialog"));
        QVERIFY(transforms().empty());
        const auto bits = [this] {
            return window->context()
                .layers.indexOf(slotNamed(session(), "model.layers.1.mlp.up_proj"))
                .data(BitsRole)
                .toDouble();
        };
        QCOMPARE(bits(), 16.0);
        choose(true, 0.5);
        QCOMPARE(transforms().size(), size_t{1});
        QCOMPARE(bits(), 32.0); // kept, but no longer as it was stored
        QCOMPARE(transforms().front().parameters.at("alpha"), 0.5);
        choose(true, -1); // below 0: searched
        QVERIFY(transforms().front().parameters.empty());
        session().undoStack().undo();
        QCOMPARE(transforms().front().parameters.at("alpha"), 0.5);
        session().undoStack().undo();
        QVERIFY(transforms().empty());
        QCOMPARE(bits(), 16.0);
        session().undoStack().redo();
        QCOMPARE(transforms().size(), size_t{1});
        choose(false, 0.5);
        QVERIFY(transforms().empty());
    }

    /// What the layers see is measured as soon as it is needed, and what is predicted follows.
    void predictionsFollow()
    {
        window->context().analysis.analyse();
        TRY_IDLE();
        session().setTarget("safetensors");
        session().setScheme(quantizableSlots(session()), "int4-row-sym");
        const auto predicted = [this] { return window->context().measurements.predictedKl(); };
        QTRY_VERIFY_WITH_TIMEOUT(predicted() && isIdle(), 60000);
        const double plain = *predicted();
        const auto damage = [this] {
            return window->context()
                .layers.indexOf(slotNamed(session(), "model.layers.1.mlp.up_proj"))
                .data(DamageRole)
                .toDouble();
        };
        const double plainDamage = damage();
        QVERIFY(plainDamage > 0);
        choose(true, 0.9);
        QTRY_VERIFY_WITH_TIMEOUT(damage() > 0 && damage() != plainDamage && isIdle(), 60000);
        QTRY_VERIFY_WITH_TIMEOUT(predicted() && *predicted() != plain && isIdle(), 60000);
        session().undoStack().undo();
        QTRY_VERIFY_WITH_TIMEOUT(predicted() && *predicted() == plain && isIdle(), 60000);
    }

    /// What it costs to quantize scaled values is measured once a recipe does, and anew where the
    /// transforms change meanwhile.
    void activationsFollow()
    {
        const auto predicted = [this] { return window->context().measurements.predictedKl(); };
        const auto isKnown = [&] { return predicted().has_value() && isIdle(); };
        session().setActivationScheme(quantizableSlots(session()), "int4-token-sym");
        QTRY_VERIFY_WITH_TIMEOUT(isKnown(), 60000);
        const double plain = *predicted();
        choose(true, 0.9);
        choose(true, 0.5);
        QTRY_VERIFY_WITH_TIMEOUT(isKnown() && *predicted() != plain, 60000);
        const double smoothed = *predicted();
        window->context().analysis.analyse();
        QTRY_VERIFY_WITH_TIMEOUT(isKnown() && *predicted() == smoothed, 60000);
    }

    /// Also of a recipe whose weights stay as they are.
    void quantizedActivationsAreEvaluated()
    {
        choose(false, 0.5);
        session().setScheme(quantizableSlots(session()), "");
        QVERIFY(!session().recipe().values.empty());
        window->context().analysis.evaluate();
        const auto found = [this] { return window->context().analysis.evaluation(); };
        QTRY_VERIFY_WITH_TIMEOUT(found() && isIdle(), 60000);
        QVERIFY(found()->result.compared());
        QVERIFY(found()->result.divergence().value > 1e-4);
    }
};

QTEST_MAIN(TestTransformsWindow)
#include "tst_transforms_window.moc"
