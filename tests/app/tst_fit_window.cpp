// SPDX-License-Identifier: GPL-3.0-or-later
// What the window shows of a fit beside its recipe, and how long that holds: the front of the best
// recipes, the budget as a line, and the reasons. The cases build on each other.
#include "app/words/fit_words.h"
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/nameless_controls.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QComboBox>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QFile>
#include <QPushButton>
#include <QRegularExpression>
#include <QTreeView>

using namespace bitloom;

class TestFitWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void cleanupTestCase() { window.reset(); }

    void saysWhy();
    void figuresOfSeveralLayersSaySo();
    void dragsTheBudget();
    void theFrontHoldsForWhatItWasFoundWith();
    void reasonsHoldForWhatTheFitChose();
    void reasonsGoWithTheirRecipe();
    void editsDuringAFitLeaveItsFront();
    void aRefusedTargetKeepsTheFront();
    void measuresRecipesUntilStopped();
    void saysWhatMeasuringCameTo();
    void theEvaluationTextChoosesNoRecipe();
    void keepsTheLimitsOfARole();
    void keepsLimitsThatDiffer();
    void fitsToMemory();
    void asksForWhatTheBarShows();

private:
    void fits(double bits, const std::vector<std::string>& schemeIds = {});
    void undo() { QTest::keyClick(window.get(), Qt::Key_Z, Qt::ControlModifier); }
    const Analysis& analysis() const { return window->context().analysis; }
    const Measurements& measurements() const { return window->context().measurements; }
    int slot(const char* name) const { return slotNamed(session(), name); }
    int changedByFit() const { return *session().changedByFit().cbegin(); }
    QString help(int index) const;

    AppFixture m_fixture;
};

void TestFitWindow::initTestCase()
{
    showSample();
    session().setLocked({slot("model.layers.3.mlp.down_proj")}, true);
    askForFit(6);
    TRY_IDLE();
    QTRY_VERIFY(!session().changedByFit().isEmpty());
    QTRY_VERIFY(measurements().size()->now.bitsPerWeight() <= 6); // size and KL follow the fit
    QTRY_VERIFY(measurements().predictedKl());
    TRY_IDLE();
}

void TestFitWindow::cleanup()
{
    TRY_IDLE();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestFitWindow::fits(double bits, const std::vector<std::string>& schemeIds)
{
    FitSettings budget;
    budget.bitsPerWeight = bits;
    budget.schemes = schemeIds;
    QSignalSpy fitted(&analysis(), &Analysis::fitted);
    window->context().analysis.fit(budget);
    QTRY_COMPARE_WITH_TIMEOUT(fitted.size(), 1, 300000);
    TRY_IDLE();
}

QString TestFitWindow::help(int index) const
{
    return window->context()
        .layers.indexOf(index)
        .siblingAtColumn(SchemeColumn)
        .data(Qt::ToolTipRole)
        .toString();
}

/// Beside what the fit chose stands what a step more or less would trade.
void TestFitWindow::saysWhy()
{
    const QString scheme = QString::fromStdString(session().choice(changedByFit()).scheme);
    const QString said = help(changedByFit());
    QVERIFY2(said.startsWith("The fit chose " + scheme), qPrintable(said));
    QVERIFY2(said.contains("the predicted KL by") && said.contains("per MiB"), qPrintable(said));
    QCOMPARE(help(slot("model.layers.3.mlp.down_proj")), QString());
}

void TestFitWindow::figuresOfSeveralLayersSaySo()
{
    FitReason reason{{4}, "q4_k", FitReason::Step{"q5_k", 1024, 0.001}, {}, 0};
    QVERIFY(!FitWords::why(reason, OutputKind::Embedding).contains("together"));
    reason.slots = {4, 5, 6};
    const QString said = FitWords::why(reason, OutputKind::Embedding);
    QVERIFY2(said.contains("3 layers change together"), qPrintable(said));
    QVERIFY2(said.contains("would lower the predicted 1 − cosine by 0.0010"), qPrintable(said));
}

/// The best recipes of every size are a line; letting go of the budget fits to where it is.
void TestFitWindow::dragsTheBudget()
{
    const Recipe fitted = session().recipe();
    auto* plot = find<SizeQualityPlot>("sizeQuality");
    QVERIFY(analysis().front().size() > 20);
    QVERIFY(plot->table().rows.size() > 20);
    const auto bits = [this] { return measurements().size()->now.bitsPerWeight(); };
    const double before = bits();
    const QPoint line(static_cast<int>(plot->xAxis->coordToPixel(window->budget().mebibytes())),
                      plot->axisRect()->bottom() - 12); // away from the dots
    QVERIFY(plot->axisRect()->rect().contains(line - QPoint(30, 0)));
    QTest::mousePress(plot, Qt::LeftButton, {}, line);
    QTest::mouseMove(plot, line - QPoint(30, 0));
    QTest::mouseRelease(plot, Qt::LeftButton, {}, line - QPoint(30, 0));
    QVERIFY(window->budget().bits() < before);
    TRY_IDLE();
    QTRY_VERIFY(bits() < before);
    QVERIFY2(bits() <= window->budget().bits() + 1e-6, qPrintable(QString::number(bits())));
    undo();
    QTRY_COMPARE(bits(), before);
    QVERIFY(session().recipe() == fitted);
}

/// Locks, what locked slots have, and clips are given to a fit; schemes of the others are not.
void TestFitWindow::theFrontHoldsForWhatItWasFoundWith()
{
    const QList<int> locked{slot("model.layers.3.mlp.down_proj")};
    const QList<int> other{slot("model.layers.0.mlp.up_proj")};
    const std::function<void()> edits[] = {
        [&] { session().setLocked(other, true); },
        [&] { session().setLocked(locked, false); },
        [&] { session().setScheme(locked, "q5_k"); },
        [&] { session().setClip(other, -0.01, 0.01); },
    };
    for (const auto& edit : edits) {
        fits(6);
        session().setScheme(other, "q3_k");
        session().setMethod(other, "nearest");
        QVERIFY(!analysis().front().empty());
        edit();
        QVERIFY(analysis().front().empty());
        for (int i = 0; i < 3; ++i)
            undo();
    }
}

void TestFitWindow::reasonsHoldForWhatTheFitChose()
{
    fits(6);
    const QList<int> one{changedByFit()};
    const std::function<void()> edits[] = {
        [&] { session().setScheme(one, "q2_k"); },
        [&] { session().setMethod(one, "nearest"); },
        [&] { session().setClip(one, -0.01, 0.01); },
    };
    for (const auto& edit : edits) {
        edit();
        QCOMPARE(help(one.first()), QString()); // it was not the fit that chose this
        undo();
        QVERIFY(!help(one.first()).isEmpty());
    }
}

void TestFitWindow::reasonsGoWithTheirRecipe()
{
    const QString path = m_fixture.folder() + "/same.json";
    const std::function<void()> ends[] = {
        [&] { session().setTarget("safetensors"); },
        [&] { QTest::keyClick(window.get(), Qt::Key_F5); },
        [&] { session().openRecipe(path); },
    };
    for (const auto& end : ends) {
        fits(6);
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(session().recipe().toJson()));
        file.close();
        const int changed = changedByFit();
        QVERIFY(measurements().reason(changed));
        end();
        QTRY_VERIFY_WITH_TIMEOUT(!measurements().reason(changed), 300000);
        TRY_IDLE();
        session().setTarget("gguf");
    }
}

/// The recipe becomes that of the fit, whose front it is.
void TestFitWindow::editsDuringAFitLeaveItsFront()
{
    const QList<int> one{slot("model.layers.0.mlp.up_proj")};
    FitSettings budget;
    budget.bitsPerWeight = 5;
    window->context().analysis.fit(budget);
    session().setLocked(one, true);
    QVERIFY(analysis().front().empty());
    TRY_IDLE();
    QTRY_VERIFY(!session().choice(one.first()).fit.locked);
    QVERIFY(!analysis().front().empty());
    QVERIFY(measurements().reason(one.first()));
    session().setLocked(one, true);
    QVERIFY(analysis().front().empty());
}

void TestFitWindow::aRefusedTargetKeepsTheFront()
{
    session().setTarget("safetensors");
    QVERIFY(analysis().front().empty());
    fits(5, {"int3-g32-sym", "int4-g32-sym", "int8-g32-sym"});
    QVERIFY(!analysis().front().empty());
    auto* gguf = find<QAction>("target-gguf");
    gguf->trigger(); // has no such integers
    QVERIFY(text("messageText").contains("int"));
    QVERIFY(!gguf->isChecked());
    QVERIFY(!analysis().front().empty());
    QVERIFY(measurements().reason(changedByFit()));
}

/// Set in a dialog as one edit of the recipe; a fit keeps to them.
void TestFitWindow::keepsTheLimitsOfARole()
{
    const auto leastOfValues = [this] {
        double least = 32;
        for (const int index : quantizableSlots(session())) {
            const Slot& place = session().model().graph.slot(index);
            if (place.role == Role::AttentionValue)
                least = std::min(least,
                                 window->context().layers.indexOf(index).data(BitsRole).toDouble());
        }
        return least;
    };
    fits(4);
    QVERIFY(leastOfValues() < 8);
    find<QAction>("limits")->trigger();
    auto* least = find<QDoubleSpinBox>("least attention value");
    auto* most = find<QDoubleSpinBox>("most attention value");
    QCOMPARE(namelessControls(*find<QDialog>("limitsDialog")), QStringList());
    least->setValue(8);
    most->setValue(5);
    QVERIFY(!find<QPushButton>("limitsOk")->isEnabled());
    QVERIFY2(text("limitsProblem").contains("attention value"), qPrintable(text("limitsProblem")));
    most->setValue(0);
    find<QDoubleSpinBox>("most attention query")->setValue(6.56);
    click("limitsOk");
    QTRY_VERIFY(!window->findChild<QDialog*>("limitsDialog"));
    QVERIFY(analysis().front().empty()); // it was of another question
    QVERIFY(help(slot("model.layers.0.self_attn.v_proj")).contains("at least 8"));
    const auto query = [this] {
        return session().choice(slot("model.layers.1.self_attn.q_proj")).fit.mostBits;
    };
    QCOMPARE(query().value_or(0), 6.56);
    fits(4);
    QVERIFY(leastOfValues() >= 8);
    QVERIFY(query().has_value());
    session().undoStack().undo(); // the fit
    session().undoStack().undo();
    QVERIFY(!session().choice(slot("model.layers.0.self_attn.v_proj")).fit.leastBits);
}

/// Where layers of a role differ, each keeps its own until the role is given one.
void TestFitWindow::keepsLimitsThatDiffer()
{
    const int one = slot("model.layers.0.self_attn.v_proj");
    Recipe recipe = session().recipe();
    recipe.slots["model.layers.0.self_attn.v_proj"].fit.mostBits = 5;
    session().replaceRecipe(recipe, "one limit", false);
    find<QAction>("limits")->trigger();
    QCOMPARE(find<QDoubleSpinBox>("most attention value")->text(), QString("various"));
    find<QDoubleSpinBox>("least attention value")->setValue(8); // more than the one may have
    QVERIFY(!find<QPushButton>("limitsOk")->isEnabled());
    find<QDoubleSpinBox>("least attention value")->setValue(0);
    find<QDoubleSpinBox>("least attention key")->setValue(3);
    click("limitsOk");
    QCOMPARE(session().choice(one).fit.mostBits.value_or(0), 5.0);
    QVERIFY(session().choice(slot("model.layers.0.self_attn.k_proj")).fit.leastBits);
    QTRY_VERIFY(!window->findChild<QDialog*>("limitsDialog"));
    find<QAction>("limits")->trigger();
    click("limitsNone");
    click("limitsOk");
    QTRY_VERIFY(!window->findChild<QDialog*>("limitsDialog"));
    QVERIFY(!session().choice(one).fit.mostBits);
    for (int i = 0; i < 3; ++i)
        session().undoStack().undo();
    QVERIFY(!session().choice(one).fit.mostBits);
}

/// The bar suggests an amount, and what comes of a fit to it takes no more.
void TestFitWindow::fitsToMemory()
{
    if (offeredDevices().empty())
        QSKIP("no Vulkan engine: no device, or a build without it");
    session().setScheme(quantizableSlots(session()), "q8_0");
    TRY_IDLE();
    window->budget().setBits(5);
    find<QComboBox>("budgetKind")->setCurrentText("Memory");
    QTRY_VERIFY(text("budgetResult").contains("of memory"));
    const int64_t most = window->budget().memoryBytes();
    const auto taken = [this] {
        return runMemory(session().model(), *engineMemory()(), session().recipe(),
                         window->budget().positions())
            .total();
    };
    QVERIFY(taken() > most);
    QSignalSpy fitted(&analysis(), &Analysis::fitted);
    click("budgetFit");
    QTRY_COMPARE_WITH_TIMEOUT(fitted.size(), 1, 300000);
    QVERIFY(taken() <= most);
    QVERIFY(taken() > most / 10 * 9);
    QVERIFY2(text("messageText").contains("of memory: weights"), qPrintable(text("messageText")));
    TRY_IDLE();
}

void TestFitWindow::asksForWhatTheBarShows()
{
    BudgetBar& bar = window->budget();
    bar.setLimits(BudgetBar::Size | BudgetBar::Memory);
    bar.setBits(4);
    FitSettings asked = window->askedFit();
    QVERIFY(asked.bitsPerWeight && asked.memory && !asked.fileBytes && !asked.decode);
    QCOMPARE(asked.memory->bytes, bar.memoryBytes());
    QCOMPARE(asked.memory->positions, bar.positions());
    bar.setLimits(BudgetBar::Time);
    asked = window->askedFit();
    QVERIFY(!asked.bitsPerWeight && !asked.memory && asked.decode);
    QCOMPARE(asked.decode->seconds, bar.milliseconds() / 1000);
    bar.setLimits(BudgetBar::Size);
    TRY_IDLE();
}

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestFitWindow test;
    return QTest::qExec(&test, argc, argv);
}

/// The search begins once the fit is predicted; Stop ends it, and the best so far is the recipe.
void TestFitWindow::measuresRecipesUntilStopped()
{
    BITLOOM_REQUIRE_TEST_DATA();
    const QString text = QString::fromStdString(testData()) + "/text/childrens_books/valid.txt";
    QSignalSpy said(&session(), &Session::message);
    QSignalSpy fitted(&analysis(), &Analysis::fitted);
    FitSettings budget;
    budget.bitsPerWeight = 5;
    budget.methods = {"nearest"};
    window->context().analysis.fit(budget, text);
    const QRegularExpression some("[0-9]{2} recipes measured");
    QTRY_VERIFY_WITH_TIMEOUT(session().jobs().activity().text.contains(some), 120000);
    QTest::keyClick(window.get(), Qt::Key_Escape);
    QTRY_COMPARE_WITH_TIMEOUT(fitted.size(), 1, 300000);
    QTRY_VERIFY(measurements().size()->now.bitsPerWeight() <= 5 + 1e-6);
    QVERIFY(!said.isEmpty());
    const QString sentence = said.last()[1].toString();
    QVERIFY2(sentence.contains("until the time was over or you stopped it"), qPrintable(sentence));
}

void TestFitWindow::saysWhatMeasuringCameTo()
{
    MeasuredFit fit;
    fit.tried.resize(12);
    fit.predictedBest = {0.02, 0.001};
    fit.found = {0.018, 0.001};
    fit.saved = {0.002, 0.0005};
    QCOMPARE(FitWords::measured(fit, OutputKind::NextToken),
             QString("Recipes measured: 12. None is distinguishable from the predicted best, which "
                     "was taken: measured KL 0.0200."));
    fit.isBetter = true;
    QCOMPARE(FitWords::measured(fit, OutputKind::NextToken),
             QString("Recipes measured: 12. The best has KL 0.0180, the predicted best 0.0200: "
                     "0.00200 ± 0.00050 less, on text that had no part in the choice."));
}

void TestFitWindow::theEvaluationTextChoosesNoRecipe()
{
    const Recipe before = session().recipe();
    FitSettings budget;
    budget.bitsPerWeight = 6;
    const QString evaluation = QString::fromStdString(sampleData()) + "/evaluation.txt";
    window->context().analysis.fit(budget, evaluation);
    TRY_IDLE();
    QTRY_VERIFY(text("messageText").contains("shares lines with the evaluation text"));
    QVERIFY(session().recipe() == before);
}

#include "tst_fit_window.moc"
