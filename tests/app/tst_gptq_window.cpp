// SPDX-License-Identifier: GPL-3.0-or-later
// A method that needs calibration, chosen in the window: these are measured by themselves, and what
// is saved names their text. The cases build on each other.
#include "app/words/widget_headers.h"
#include "core/files/formats/writers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"

#include <QAction>
#include <QComboBox>

using namespace bitloom;

class TestGptqWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void cleanupTestCase() { window.reset(); }

    void inputsAreMeasuredWhenNeeded();
    void savedRecipesNameTheText();
    void inputsBehindQuantizedLayers();
    void fitsByTheChosenMethod();
    void inputsAreQuantized();

private:
    /// As it is saved.
    Recipe savedRecipe()
    {
        const QString file = m_fixture.folder() + "/gptq.json";
        QSignalSpy saved(&session(), &Session::saved);
        session().saveRecipe(file);
        return saved.wait() ? Recipe::fromJson(readTextFile(file.toStdString())) : Recipe();
    }
    void trigger(const char* action) const { find<QAction>(action)->trigger(); }
    const Measurements& measurements() const { return window->context().measurements; }

    AppFixture m_fixture;
};

void TestGptqWindow::initTestCase()
{
    AnalysisSettings settings;
    settings.context = 32;
    settings.calibrationWindows = 8;
    show(settings);
    openSample(session());
    TRY_IDLE();
}

void TestGptqWindow::cleanup()
{
    TRY_IDLE();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestGptqWindow::inputsAreMeasuredWhenNeeded()
{
    const char* name = "model.layers.1.self_attn.q_proj";
    const int slot = slotNamed(session(), name);
    QSignalSpy messages(&session(), &Session::message);
    session().setScheme({slot}, "q4_0");
    clickRow(name);
    TRY_IDLE();
    QTRY_VERIFY(measurements().error(slot).has_value());
    const double searched = measurements().error(slot)->relative;
    trigger("method-gptq");
    QCOMPARE(session().choice(slot).method, std::string("gptq"));
    QTRY_VERIFY_WITH_TIMEOUT(measurements().error(slot).has_value(), 60000);
    // The weights move further, so that the outputs move less.
    QVERIFY(measurements().error(slot)->relative > searched);
    QVERIFY(messages.isEmpty());
}

void TestGptqWindow::savedRecipesNameTheText()
{
    const Recipe recipe = savedRecipe();
    QVERIFY(recipe.calibration.has_value());
    QCOMPARE(recipe.calibration->text, std::string("calibration.txt"));
    QCOMPARE(recipe.calibration->windows, 8);
    QVERIFY(!recipe.calibration->quantizedInputs);
}

void TestGptqWindow::inputsBehindQuantizedLayers()
{
    const int first = slotNamed(session(), "model.layers.0.mlp.down_proj");
    const int last = slotNamed(session(), "model.layers.3.mlp.down_proj");
    session().setScheme({first, last}, "q2_k");
    session().setMethod({first, last}, "gptq");
    TRY_IDLE();
    QTRY_VERIFY_WITH_TIMEOUT(measurements().error(last).has_value(), 60000);
    const double throughOriginals = measurements().error(last)->relative;
    QSignalSpy messages(&session(), &Session::message);
    trigger("quantizedInputs");
    QTRY_COMPARE_WITH_TIMEOUT(messages.size(), 1, 60000);
    TRY_IDLE();
    QTRY_VERIFY_WITH_TIMEOUT(measurements().error(last).has_value(), 60000);
    QVERIFY(measurements().error(last)->relative != throughOriginals);
    QVERIFY(savedRecipe().calibration->quantizedInputs);
    session().undoStack().undo(); // the method
    session().undoStack().undo(); // the scheme
    session().setMethod({slotNamed(session(), "model.layers.1.self_attn.q_proj")}, "mse");
    trigger("quantizedInputs");
    QTRY_VERIFY(messages.last().at(1).toString().contains("No layer"));
}

void TestGptqWindow::fitsByTheChosenMethod()
{
    auto* method = find<QComboBox>("budgetMethod");
    QCOMPARE(method->currentData().toString(), QString("mse"));
    method->setCurrentIndex(method->findData("gptq"));
    askForFit(5);
    TRY_IDLE();
    QTRY_VERIFY_WITH_TIMEOUT(!session().changedByFit().isEmpty(), 60000);
    for (const int slot : session().changedByFit())
        QCOMPARE(session().choice(slot).method, std::string("gptq"));
}

void TestGptqWindow::inputsAreQuantized()
{
    auto* tree = find<QTreeView>("layerTree");
    QVERIFY(tree->isColumnHidden(InputsColumn));
    trigger("analyse");
    TRY_IDLE();
    const std::optional<Prediction>& predicted = measurements().prediction();
    QTRY_VERIFY_WITH_TIMEOUT(predicted && !predicted->isQuickEstimate, 60000);
    const double before = predicted->range.value;
    clickRow("model.layers.2.self_attn.k_proj");
    auto* menu = find<QMenu>("activationMenu");
    Q_EMIT menu->aboutToShow();
    QCOMPARE(menu->actions().size(), static_cast<qsizetype>(1 + activationSchemes().size()));
    QVERIFY(menu->actions().first()->isChecked());
    for (QAction* action : menu->actions())
        if (action->text() == "int4-token-sym")
            action->trigger();
    QCOMPARE(session().recipe().values.size(), size_t{1});
    QTRY_VERIFY(!tree->isColumnHidden(InputsColumn));
    QTRY_VERIFY_WITH_TIMEOUT(measurements().predictedKl().value_or(0) > before, 60000);
    session().undoStack().undo();
    QTRY_VERIFY(tree->isColumnHidden(InputsColumn));
    QTRY_VERIFY_WITH_TIMEOUT(measurements().predictedKl() == before, 60000);
}

QTEST_MAIN(TestGptqWindow)
#include "tst_gptq_window.moc"
