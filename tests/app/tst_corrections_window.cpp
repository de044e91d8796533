// SPDX-License-Identifier: GPL-3.0-or-later
// Corrections and parameters of methods in the window: chosen for the selected layers, seen by
// bits and method, each one edit to undo.
#include "app/document/fit_basis.h"
#include "app/words/widget_headers.h"
#include "core/quantize/methods/method.h"
#include "tests/app/app_fixture.h"
#include "tests/app/nameless_controls.h"
#include "tests/app/window_driver.h"

#include <QDialog>
#include <QDoubleSpinBox>
#include <QMenu>
#include <QPushButton>

using namespace bitloom;

class TestCorrectionsWindow : public QObject, private WindowDriver {
    Q_OBJECT

    AppFixture m_fixture;
    int m_slot = -1;

    QVariant shown(int role) { return window->context().layers.indexOf(m_slot).data(role); }
    /// The entry of the menu Correction; null: there is none of that name.
    QAction* correction(const QString& text)
    {
        auto* menu = find<QMenu>("correctionMenu");
        Q_EMIT menu->aboutToShow();
        for (QAction* action : menu->actions())
            if (action->text() == text)
                return action;
        return nullptr;
    }
    void select(const char* slot)
    {
        m_slot = slotNamed(session(), slot);
        window->context().select({m_slot});
    }

private Q_SLOTS:
    void initTestCase() { showSample(); }
    void cleanup()
    {
        TRY_IDLE();
        QCOMPARE(AppFixture::takeWarnings(), QStringList());
    }
    void cleanupTestCase() { window.reset(); }

    void aCorrectionIsOneEdit()
    {
        select("model.layers.1.mlp.up_proj");
        QVERIFY(!correction("None")->isEnabled()); // stored as it is: nothing to correct
        session().setScheme({m_slot}, "q4_0");
        const double bits = shown(BitsRole).toDouble();
        QVERIFY(correction("None")->isChecked());
        correction("LoRC, rank 8")->trigger();
        QVERIFY(shown(BitsRole).toDouble() > bits);
        QCOMPARE(shown(MethodRole).toString(), QString("mse + LoRC 8"));
        QVERIFY(correction("LoRC, rank 8")->isChecked());
        QVERIFY(!correction("LoRC, rank 4")->isChecked());
        session().undoStack().undo();
        QCOMPARE(shown(BitsRole).toDouble(), bits);
        session().undoStack().redo();
        correction("None")->trigger();
        QVERIFY(!session().choice(m_slot).correction);
        select("model.embed_tokens"); // looked up: it cannot have one
        session().setScheme({m_slot}, "q8_0");
        QVERIFY(!correction("LoRC, rank 8")->isEnabled());
    }

    void parametersOfAMethodAreOneEdit()
    {
        select("model.layers.1.mlp.up_proj");
        session().setScheme({m_slot}, "q4_0");
        Q_EMIT find<QMenu>("methodMenu")->aboutToShow();
        QVERIFY(!find<QAction>("methodParameters")->isEnabled()); // mse has none
        session().setMethod({m_slot}, "gptq");
        Q_EMIT find<QMenu>("methodMenu")->aboutToShow();
        QVERIFY(find<QAction>("methodParameters")->isEnabled());
        find<QAction>("methodParameters")->trigger();
        auto* dialog = find<QDialog>("methodDialog");
        QCOMPARE(namelessControls(*dialog), QStringList());
        auto* damping = find<QDoubleSpinBox>("method-damping");
        QCOMPARE(damping->value(), 0.01);
        damping->setValue(0.05);
        click("methodOk");
        QTRY_VERIFY(!window->findChild<QDialog*>("methodDialog"));
        QCOMPARE(session().choice(m_slot).parameters.at("damping"), 0.05);
        QCOMPARE(shown(MethodRole).toString(), QString("gptq:damping=0.05"));
        session().undoStack().undo();
        QVERIFY(session().choice(m_slot).parameters.empty());
        session().undoStack().redo();
        session().setMethod({m_slot}, "gptq-order"); // another method has its own
        QVERIFY(session().choice(m_slot).parameters.empty());
    }

    /// What nobody touched stays as each layer has it; the usual numbers are of all of them.
    void onlyWhatIsTouchedChanges()
    {
        const int other = slotNamed(session(), "model.layers.2.mlp.up_proj");
        select("model.layers.1.mlp.up_proj");
        const QList<int> both{m_slot, other};
        session().setScheme(both, "q4_0");
        session().setMethod(both, "gptq");
        const Method& gptq = methodNamed("gptq");
        session().setMethodParameters({m_slot}, gptq, {{"damping", 0.0000015}});
        session().setMethodParameters({other}, gptq, {{"damping", 0.2}});
        window->context().select({m_slot, other});
        const auto damping = [this](int slot) { return session().choice(slot).parameters; };
        for (const char* button : {"", "methodDefaults"}) {
            find<QAction>("methodParameters")->trigger();
            if (*button != 0)
                click(button);
            click("methodOk");
            QTRY_VERIFY(!window->findChild<QDialog*>("methodDialog"));
            QCOMPARE(damping(m_slot).empty(), *button != 0);
            QCOMPARE(damping(other).empty(), *button != 0);
            if (*button == 0) {
                QCOMPARE(damping(m_slot).at("damping"), 0.0000015);
                QCOMPARE(damping(other).at("damping"), 0.2);
            }
        }
    }

    /// A fit may end while the dialog is open.
    void aMethodThatIsGoneMeanwhileIsLeftAlone()
    {
        select("model.layers.1.mlp.up_proj");
        session().setScheme({m_slot}, "q4_0");
        session().setMethod({m_slot}, "gptq");
        find<QAction>("methodParameters")->trigger();
        find<QDoubleSpinBox>("method-damping")->setValue(0.05);
        session().setMethod({m_slot}, "mse");
        click("methodOk");
        QTRY_VERIFY(!window->findChild<QDialog*>("methodDialog"));
        QCOMPARE(session().choice(m_slot).method, std::string("mse"));
        QVERIFY(session().choice(m_slot).parameters.empty());
    }

    /// The budget's range is of what a fit can make, which keeps corrections; a fit's curve is of
    /// the parameters that it was found with.
    void fitsAreOfCorrectionsAndParameters()
    {
        const QList<int> all = quantizableSlots(session());
        session().setScheme(all, "q4_0");
        session().setMethod(all, "gptq");
        const auto least = [this] {
            return window->context().measurements.size().value_or(RecipeSize()).leastBits;
        };
        QTRY_VERIFY(least() > 0 && isIdle());
        const double before = least();
        const Recipe basis = fitBasis(session().recipe(), session().model());
        session().setMethodParameters(all, methodNamed("gptq"), {{"damping", 0.3}});
        QVERIFY(fitBasis(session().recipe(), session().model()) != basis);
        session().setCorrection(all, CorrectionStep{"lorc", {{"rank", 4}}});
        QTRY_VERIFY_WITH_TIMEOUT(least() > before, 30000);
    }
};

QTEST_MAIN(TestCorrectionsWindow)
#include "tst_corrections_window.moc"
