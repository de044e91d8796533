// SPDX-License-Identifier: GPL-3.0-or-later
// Texts belong to models: shown before a run, remembered, warned of, and figures of old ones
// marked.
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"
#include "tests/test_data.h"

#include <QAction>
#include <QComboBox>
#include <QFileDialog>
#include <QStringEncoder>

using namespace bitloom;

namespace {

QString sampleText(const char* name)
{
    return QString::fromStdString(sampleData()) + '/' + name;
}

} // namespace

class TestTextsWindow : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void textsAreShownBeforeARun();
    void foreignModelsAreWarnedOf();
    void plainTextIsWarnedOfForAClassifier();
    void textsAreRememberedByModel();
    void aTextChosenBeforeTheModelIsItsOwn();
    void unreadableTextsAreNotTaken();
    void recipesAreTextsToo();
    void oldSensitivitiesAreMarked();

private:
    void start();
    void open(const char* model);
    QString written(const char* name, const QByteArray& content) const;
    QString warning() const { return text("textWarning"); }
    ModelTexts& texts() const { return window->context().texts; }
    QString header() const
    {
        return window->context()
            .layers.headerData(SensitivityColumn, Qt::Horizontal, Qt::DisplayRole)
            .toString();
    }

    AppFixture m_fixture;
};

void TestTextsWindow::init()
{
    QSettings().clear();
    start();
}

void TestTextsWindow::start()
{
    AnalysisSettings settings;
    settings.context = 32;
    settings.calibrationWindows = 2;
    settings.evaluationWindows = 2;
    show(settings);
    window->context().background.setOn(false);
}

void TestTextsWindow::cleanup()
{
    window.reset();
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestTextsWindow::open(const char* model)
{
    QSignalSpy opened(&session(), &Session::opened);
    session().open(std::string_view(model) == "sample"
                       ? QString("sample")
                       : QString::fromStdString(testData()) + "/models/" + model);
    QTRY_COMPARE_WITH_TIMEOUT(opened.size(), 1, 20000);
    for (const TextUse use : {TextUse::Calibration, TextUse::Evaluation})
        QTRY_VERIFY(!texts().text(use).kind.isEmpty() || !texts().text(use).warning.isEmpty());
}

QString TestTextsWindow::written(const char* name, const QByteArray& content) const
{
    QFile file(m_fixture.folder() + '/' + name);
    return file.open(QIODevice::WriteOnly) && file.write(content) > 0 ? file.fileName() : QString();
}

void TestTextsWindow::textsAreShownBeforeARun()
{
    open("sample");
    QVERIFY(text("measuringTexts").contains("calibration.txt"));
    QVERIFY(text("measuringTexts").contains("evaluation.txt"));
    QVERIFY(find<QLabel>("measuringTexts")->toolTip().contains("plain text"));
    QVERIFY(find<QAction>("analyse")->toolTip().contains("calibration.txt"));
    QVERIFY(find<QAction>("evaluate")->toolTip().contains("evaluation.txt"));
    QCOMPARE(warning(), QString());
}

/// The warning stays beside the figures, whatever else is said meanwhile.
void TestTextsWindow::foreignModelsAreWarnedOf()
{
    BITLOOM_REQUIRE_TEST_DATA();
    open("stories260K/hf");
    QVERIFY2(warning().contains("fairy tales"), qPrintable(warning()));
    QVERIFY(!find<QLabel>("textWarning")->isHidden());
    window->context().analysis.analyse();
    TRY_IDLE();
    QVERIFY2(text("sensitivitySubtitle").contains("fairy tales"),
             qPrintable(text("sensitivitySubtitle")));
}

void TestTextsWindow::plainTextIsWarnedOfForAClassifier()
{
    BITLOOM_REQUIRE_TEST_DATA();
    open("bert-sst2/hf");
    texts().choose(TextUse::Calibration, written("c.csv", "1,It is good.\n0,It is bad.\n"));
    texts().choose(TextUse::Evaluation, written("lines.txt", "It is good.\nIt is bad.\n"));
    QTRY_VERIFY(warning().contains("lines.txt has no labels"));
    QTRY_VERIFY(find<QLabel>("measuringTexts")->toolTip().contains("2 sentences with labels"));
    QVERIFY(!warning().contains("c.csv"));
    texts().choose(TextUse::Evaluation, written("e.csv", "1,Good.\n0,Bad.\n7,Odd.\n"));
    QTRY_VERIFY2(warning().contains("e.csv, line 3"), qPrintable(warning()));
}

void TestTextsWindow::textsAreRememberedByModel()
{
    BITLOOM_REQUIRE_TEST_DATA();
    const QString own =
        written("own.txt", QByteArray("Other words of another kind.\n").repeated(99));
    open("sample");
    texts().choose(TextUse::Calibration, own);
    QTRY_COMPARE(window->context().analysis.settings().calibrationPath, own);
    QVERIFY(text("measuringTexts").contains("own.txt"));
    open("stories260K/hf");
    QCOMPARE(window->context().analysis.settings().calibrationPath, QString());
    start(); // anew
    open("sample");
    QCOMPARE(window->context().analysis.settings().calibrationPath, own);
    texts().useBundled();
    QCOMPARE(window->context().analysis.settings().calibrationPath, QString());
    start();
    open("sample");
    QCOMPARE(window->context().analysis.settings().calibrationPath, QString());
}

void TestTextsWindow::aTextChosenBeforeTheModelIsItsOwn()
{
    const auto calibration = [this] {
        return window->context().analysis.settings().calibrationPath;
    };
    open("sample");
    texts().choose(TextUse::Calibration, sampleText("evaluation.txt"));
    QTRY_COMPARE(calibration(), sampleText("evaluation.txt"));
    start();
    const QString own = written("first.txt", QByteArray("Words of a kind.\n").repeated(99));
    texts().choose(TextUse::Calibration, own); // no model is open
    QTRY_COMPARE(calibration(), own);
    open("sample");
    QCOMPARE(calibration(), own);
    start();
    open("sample");
    QCOMPARE(calibration(), own);
}

void TestTextsWindow::unreadableTextsAreNotTaken()
{
    open("sample");
    QSignalSpy messages(&session(), &Session::message);
    texts().choose(TextUse::Calibration, written("latin1.txt", "One line.\ncaf\xE9 noir\n"));
    QTRY_VERIFY(!messages.isEmpty());
    QVERIFY2(messages.last()[1].toString().contains("latin1.txt, line 2"),
             qPrintable(messages.last()[1].toString()));
    QCOMPARE(window->context().analysis.settings().calibrationPath, QString());
}

/// Opened, or taken to be compared: in any encoding, and what is none is named with its place.
void TestTextsWindow::recipesAreTextsToo()
{
    open("sample");
    Recipe recipe = session().recipe();
    recipe.slots["model.layers.0.mlp.up_proj"].scheme = "q5_k";
    const QString json = QString::fromStdString(recipe.toJson());
    QStringEncoder encode(QStringEncoder::Utf16LE, QStringEncoder::Flag::WriteBom);
    const QString sixteen = written("sixteen.json", encode(json));
    QByteArray broken = json.toUtf8();
    broken.replace("\"sample\"", "\"s\xE4mple\"");
    const QString wrong = written("wrong.json", broken);
    QVERIFY(broken.contains('\xE4'));
    const auto compare = [&](const QString& path) {
        Q_EMIT find<RecipeDiffPanel>("recipeDiffPanel")->fileRequested(RecipeDiffPanel::A);
        auto* dialog = find<QFileDialog>("fileDialog");
        Q_EMIT dialog->fileSelected(path);
        dialog->close();
        TRY_IDLE();
        QTRY_VERIFY(!window->findChild<QFileDialog*>("fileDialog"));
    };
    const auto saysThePlace = [&] {
        const QString said = window->messages().text();
        return said.contains("wrong.json, line ") && said.contains("byte offset") &&
               said.contains("0xE4");
    };
    compare(sixteen);
    QCOMPARE(find<QComboBox>("recipeA")->currentText(), QString("sixteen.json"));
    compare(wrong);
    QVERIFY2(saysThePlace(), qPrintable(window->messages().text()));
    window->messages().clear();
    session().openRecipe(wrong);
    QTRY_VERIFY2(saysThePlace(), qPrintable(window->messages().text()));
    const int slot = slotNamed(session(), "model.layers.0.mlp.up_proj");
    QVERIFY(session().choice(slot).scheme.empty());
    session().openRecipe(sixteen);
    QTRY_COMPARE(session().choice(slot).scheme, std::string("q5_k"));
    TRY_IDLE();
}

void TestTextsWindow::oldSensitivitiesAreMarked()
{
    open("sample");
    QCOMPARE(header(), QString("Sensitivity"));
    window->context().analysis.analyse();
    TRY_IDLE();
    QCOMPARE(header(), QString("Sensitivity"));
    QVERIFY(!text("sensitivitySubtitle").contains("chosen before"));
    texts().choose(TextUse::Calibration, sampleText("evaluation.txt"));
    QTRY_VERIFY(header().contains("old text"));
    const QString help = window->context()
                             .layers.headerData(SensitivityColumn, Qt::Horizontal, Qt::ToolTipRole)
                             .toString();
    QVERIFY2(help.contains("calibration.txt"), qPrintable(help));
    QVERIFY(text("sensitivitySubtitle").contains("chosen before"));
    texts().useBundled();
    QCOMPARE(header(), QString("Sensitivity"));
    QVERIFY(!text("sensitivitySubtitle").contains("chosen before"));
}

QTEST_MAIN(TestTextsWindow)
#include "tst_texts_window.moc"
