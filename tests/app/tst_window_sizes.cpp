// SPDX-License-Identifier: GPL-3.0-or-later
// The window on small, usual and dense screens: it fits, everything in it can be reached and read,
// no text widens it, it comes back as it was, and everything answers "What is this?".
#include "app/panels/panels.h"
#include "app/window/window_place.h"
#include "tests/app/cut_texts_walk.h"
#include "tests/app/window_driver.h"

#include <QAction>
#include <QFile>
#include <QMenu>
#include <QMenuBar>
#include <QScreen>
#include <QScrollArea>
#include <QStatusBar>
#include <QTemporaryDir>
#include <QToolBar>

using namespace bitloom;

namespace {

/// Three screens beside each other; the last has four pixels where the others have one, so its
/// 1280 × 720 are 2560 × 1440.
constexpr const char* kScreens = R"({
    "synchronousWindowSystemEvents": true, "windowFrameMargins": false,
    "screens": [
        {"name": "small", "x": 0, "y": 0, "width": 1280, "height": 720,
         "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1},
        {"name": "usual", "x": 1280, "y": 0, "width": 1500, "height": 900,
         "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1},
        {"name": "dense", "x": 2780, "y": 0, "width": 1280, "height": 720,
         "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 2}]})";
constexpr const char* kNames[] = {"small", "usual", "dense"};
constexpr int kLeastHeight = 600;
constexpr int kReadablePlot = 80; ///< pixels of an axis

QString longName()
{
    return QString("model_with_a_name_without_any_end_").repeated(12) + ".safetensors";
}

QScreen* screenNamed(const char* name)
{
    const QList<QScreen*> all = QGuiApplication::screens();
    return *std::find_if(all.begin(), all.end(),
                         [name](const QScreen* screen) { return screen->name() == name; });
}

QString whatIsThis(const QWidget* widget)
{
    for (; widget && !widget->isWindow(); widget = widget->parentWidget())
        if (!widget->whatsThis().isEmpty())
            return widget->whatsThis();
    return {};
}

} // namespace

class TestWindowSizes : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup() { QCOMPARE(AppFixture::takeWarnings(), QStringList()); }
    void cleanupTestCase() { window.reset(); }

    void firstPlaceIsThatOfTheScreen();
    void comesBackFromALostScreen();
    void fitsSmallScreens();
    void nothingIsCut_data();
    void nothingIsCut();
    void whatIsLookedAtMostIsInSight_data();
    void whatIsLookedAtMostIsInSight();
    void plotsCanBeRead();
    void legendsAndFlagsCoverNothing();
    void everythingAnswersWhatIsThis();
    void noTextWidensIt();
    void maximisedComesBackWhole();

private:
    void openAnalysed();
    void settle() const;
    void standOn(const char* screen) const;
    void raiseEach(const std::function<void(const char*)>& look) const;
    void fillWithLongTexts() const;

    AppFixture m_fixture;
};

void TestWindowSizes::initTestCase()
{
    QCOMPARE(QGuiApplication::screens().size(), 3);
    AnalysisSettings settings;
    settings.context = 32;
    settings.calibrationWindows = 4;
    settings.evaluationWindows = 4;
    show(settings);
    openAnalysed();
}

void TestWindowSizes::openAnalysed()
{
    openSample(session());
    Analysis& analysis = window->context().analysis;
    analysis.analyse();
    TRY_IDLE();
    FitSettings budget;
    budget.bitsPerWeight = 4.5;
    analysis.fit(budget);
    TRY_IDLE();
    analysis.evaluate();
    TRY_IDLE();
    window->context().select({quantizableSlots(session()).at(6)});
    TRY_IDLE();
}

/// Plots are drawn and layouts settle when there is time.
void TestWindowSizes::settle() const
{
    for (int i = 0; i < 2; ++i) {
        QApplication::processEvents();
        QTest::qWait(20);
    }
}

void TestWindowSizes::standOn(const char* screen) const
{
    const QRect whole = screenNamed(screen)->availableGeometry();
    window->showNormal();
    window->setGeometry(whole);
    window->restoreDefaultLayout();
    settle();
    QCOMPARE(window->size(), whole.size());
    QCOMPARE(window->devicePixelRatioF(), screenNamed(screen)->devicePixelRatio());
}

void TestWindowSizes::raiseEach(const std::function<void(const char*)>& look) const
{
    for (const Panel& panel : panels()) {
        window->dock(panel.id)->raise();
        settle();
        look(panel.id);
    }
}

void TestWindowSizes::firstPlaceIsThatOfTheScreen()
{
    const QRect small(0, 0, 1280, 690);
    QVERIFY(small.contains(firstPlace(small)));
    QCOMPARE(firstPlace(small).width(), small.width());
    QVERIFY(firstPlace(small).height() > kLeastHeight);
    QVERIFY(firstPlace(small).top() > small.top()); // room for the title
    QCOMPARE(firstPlace({100, 50, 1920, 1080}).size(), QSize(1536, 900));
    QCOMPARE(firstPlace({0, 0, 3840, 2160}).size(), QSize(1920, 1200));
    QCOMPARE(firstPlace({0, 0, 3840, 2160}).center().x(), QRect(0, 0, 3840, 2160).center().x());
    QSettings().remove("window");
    const MainWindow first(makeEngines());
    QVERIFY(QGuiApplication::primaryScreen()->availableGeometry().contains(first.geometry()));
}

void TestWindowSizes::comesBackFromALostScreen()
{
    QMainWindow far;
    far.setGeometry(20000, 9000, 1200, 700);
    const QByteArray kept = far.saveGeometry();
    QMainWindow back;
    restorePlace(back, kept);
    const auto screens = QGuiApplication::screens();
    QVERIFY(std::any_of(screens.begin(), screens.end(), [&](const QScreen* screen) {
        return screen->availableGeometry().contains(back.geometry());
    }));
    QVERIFY(back.width() >= 1000);

    QMainWindow large;
    large.setGeometry(0, 0, 3000, 2000);
    QMainWindow brought;
    restorePlace(brought, large.saveGeometry());
    QVERIFY(brought.width() <= 1500 && brought.height() <= 900);
    QMainWindow fresh;
    restorePlace(fresh, "nonsense");
    QCOMPARE(fresh.geometry(), firstPlace(QGuiApplication::primaryScreen()->availableGeometry()));
}

void TestWindowSizes::fitsSmallScreens()
{
    raiseEach([this](const char* panel) {
        QVERIFY2(window->minimumSizeHint().height() <= kLeastHeight, panel);
        QVERIFY2(window->minimumSizeHint().width() <= 1280, panel);
    });
    window->setGeometry(0, 0, 1280, kLeastHeight);
    settle();
    QCOMPARE(window->size(), QSize(1280, kLeastHeight));
    // What is not in sight can be scrolled to; the toolbar hides nothing.
    const auto* bar = window->findChild<QToolBar*>("mainToolBar");
    using Limit = BudgetBar::Limit;
    for (const BudgetBar::Limits limits :
         {BudgetBar::Limits(Limit::Size | Limit::Memory), BudgetBar::Limits(Limit::Size)}) {
        window->budget().setLimits(limits);
        settle();
        for (QAction* action : bar->actions())
            if (const QWidget* button = bar->widgetForAction(action); !action->isSeparator())
                QVERIFY2(button->isVisible(), qPrintable(action->text() + button->objectName()));
        const CutTextsWalk walk(*bar);
        QVERIFY2(walk.found().isEmpty(), qPrintable(walk.found().join('\n')));
    }
}

void TestWindowSizes::nothingIsCut_data()
{
    QTest::addColumn<double>("scale");
    for (const char* screen : kNames)
        QTest::newRow(screen) << (screen == QByteArray("dense") ? 2.0 : 1.0);
}

void TestWindowSizes::nothingIsCut()
{
    QFETCH(double, scale);
    standOn(QTest::currentDataTag());
    QCOMPARE(window->devicePixelRatioF(), scale);
    raiseEach([this](const char* panel) {
        const CutTextsWalk walk(*window);
        QVERIFY2(walk.found().isEmpty(), qPrintable(panel + (": " + walk.found().join('\n'))));
        QVERIFY(walk.looked() > 40);
    });
}

void TestWindowSizes::whatIsLookedAtMostIsInSight_data()
{
    QTest::addColumn<QSize>("size");
    for (const QSize size : {QSize(1280, 720), QSize(1366, 768), QSize(1500, 900)})
        QTest::addRow("%d", size.width()) << size;
}

/// Bits, scheme and sensitivity of a layer without scrolling, the figures of the toolbar, and what
/// the status bar says, also while something is measured in the background.
void TestWindowSizes::whatIsLookedAtMostIsInSight()
{
    QFETCH(QSize, size);
    window->showNormal();
    window->resize(size);
    window->restoreDefaultLayout();
    settle();
    const auto* tree = find<QTreeView>("layerTree");
    const QHeaderView* header = tree->header();
    for (const int column : {NameColumn, BitsColumn, SchemeColumn, SensitivityColumn}) {
        const int left = header->sectionViewportPosition(column);
        QVERIFY2(left >= 0 && left + header->sectionSize(column) <= tree->viewport()->width(),
                 qPrintable(QString::number(column)));
    }
    QVERIFY(header->visualIndex(ShapeColumn) == header->count() - 1);
    for (int column = 0; column < header->count(); ++column) { // whole, or to be scrolled to
        const int left = header->sectionViewportPosition(column);
        QVERIFY2(left >= tree->viewport()->width() ||
                     left + header->sectionSize(column) <= tree->viewport()->width(),
                 qPrintable(QString::number(column)));
    }
    const auto* result = dynamic_cast<ElidedLabel*>(find<QLabel>("budgetResult"));
    QVERIFY(result->text().contains("predicted"));
    QVERIFY2(!result->isCut(), qPrintable(result->shownText()));
    for (const char* plot : {"sensitivity", "sizeQuality"})
        QVERIFY2(find<QCustomPlot>(plot)->yAxis->label().startsWith("KL") &&
                     !find<QCustomPlot>(plot)->yAxis->label().contains(u'…'),
                 qPrintable(find<QCustomPlot>(plot)->yAxis->label()));
    find<QLabel>("engineLabel")->setText("Vulkan: llvmpipe (LLVM 15.0.6, 256 bits)");
    find<QLabel>("backgroundLabel")->setText("Measuring model.layers.2.mlp.gate_proj at q3_k");
    settle();
    for (const char* label : {"sizeLabel", "memoryLabel", "engineLabel", "savedLabel"})
        QVERIFY2(!dynamic_cast<ElidedLabel*>(find<QLabel>(label))->isCut(), label);
    for (const char* list : {"budgetKind", "budgetMethod"}) {
        const auto* combo = dynamic_cast<ElidedCombo*>(find<QComboBox>(list));
        QCOMPARE(combo->shownText(), combo->currentText());
    }
}

void TestWindowSizes::plotsCanBeRead()
{
    standOn("usual");
    for (const char* name : {"lab", "measured"}) {
        window->dock(name)->raise();
        settle();
        auto* plot = find<LabPlot>(QString("%1Plot").arg(name).toLatin1());
        plot->setQuantity("predicted KL, nats per token", "measured KL, nats per token");
        plot->setDots({{0, 0, "a", 0.001, 0.002}, {1, 1, "b", 0.1, 0.07}}, {"q2_k", "q4_k"}, true,
                      {});
        settle();
        QVERIFY2(plot->axisRect()->height() >= kReadablePlot, name);
        QVERIFY2(plot->axisRect()->width() >= 2 * kReadablePlot, name);
        QCOMPARE(plot->visibleRegion().boundingRect(), plot->rect()); // nothing to scroll for
    }
}

void TestWindowSizes::legendsAndFlagsCoverNothing()
{
    standOn("small");
    int legends = 0;
    int flags = 0;
    raiseEach([&](const char*) {
        for (QCustomPlot* plot : window->findChildren<QCustomPlot*>()) {
            if (!plot->isVisible())
                continue;
            const QRect axes = plot->axisRect()->rect();
            if (plot->legend->visible()) {
                ++legends;
                QVERIFY2(!plot->legend->rect().intersects(axes), qPrintable(plot->objectName()));
            }
            for (int i = 0; i < plot->itemCount(); ++i) {
                const auto* flag = qobject_cast<QCPItemText*>(plot->item(i));
                if (!flag || !flag->visible())
                    continue;
                ++flags;
                const QRectF place(flag->topLeft->pixelPosition(),
                                   flag->bottomRight->pixelPosition());
                QVERIFY2(place.bottom() <= axes.top() + 1, qPrintable(plot->objectName()));
                QVERIFY2(place.top() >= 0 && place.left() >= 0 && place.right() <= plot->width(),
                         qPrintable(plot->objectName()));
            }
        }
    });
    QVERIFY(legends > 0);
    QVERIFY(flags >= 3); // two clips and the budget
}

void TestWindowSizes::everythingAnswersWhatIsThis()
{
    const QList<QAction*> help = find<QMenu>("helpMenu")->actions();
    const auto what = *std::find_if(help.begin(), help.end(), [](const QAction* action) {
        return action->objectName() == "whatsThis";
    });
    QCOMPARE(what->shortcut(), QKeySequence("Shift+F1"));
    int figures = 0;
    for (QWidget* widget : window->findChildren<QWidget*>()) {
        if (qobject_cast<QCustomPlot*>(widget)) { // has its own, not that of its panel
            ++figures;
            QVERIFY2(!widget->whatsThis().isEmpty(), qPrintable(widget->objectName()));
        }
        const bool figure = qobject_cast<QLabel*>(widget) ||
                            qobject_cast<QAbstractItemView*>(widget) ||
                            qobject_cast<QAbstractSpinBox*>(widget) ||
                            qobject_cast<NetworkView*>(widget) || qobject_cast<QComboBox*>(widget);
        if (!figure || !widget->isVisible())
            continue;
        ++figures;
        QVERIFY2(!whatIsThis(widget).isEmpty(), qPrintable(widget->objectName()));
    }
    QVERIFY(figures > 60);
    for (const Panel& panel : panels())
        QVERIFY2(!whatIsThis(window->dock(panel.id)->widget()).isEmpty() ||
                     window->dock(panel.id)->widget()->findChild<QCustomPlot*>(),
                 panel.id);
    const LayerModel& layers = window->context().layers;
    for (int column = 0; column < LayerColumnCount; ++column) {
        const QVariant said = layers.headerData(column, Qt::Horizontal, Qt::WhatsThisRole);
        QVERIFY(said.toString().size() > 8);
        QCOMPARE(layers.index(0, column).data(Qt::WhatsThisRole), said);
    }
    // As the mouse asks.
    auto* plot = find<QCustomPlot>("sizeQuality");
    QHelpEvent asks(QEvent::QueryWhatsThis, plot->rect().center(), {});
    QVERIFY(QApplication::sendEvent(plot, &asks) && asks.isAccepted());
}

/// Names, paths, messages and titles that never end, wherever the window shows one.
void TestWindowSizes::fillWithLongTexts() const
{
    const QString name = longName();
    const QString words = QString("word ").repeated(60) + name;
    HistogramLayer layer{name, {-1, 1, {1, 2, 3, 2, 1}}, {-1, 1, {3, 0, 3, 0, 3}}, {}, 0, 0.3};
    find<HistogramPlot>("histogramPanel")->setLayers({layer});
    find<HistogramPlot>("histogramPanel")->setCaption(words);
    find<StatisticsPanel>("statisticsPanel")->setRows(words, {{name, name}, {"Mean", name}});
    find<EvaluationPanel>("evaluationPanel")->setRows({{"kl", "Measured KL", words, words}});
    find<EvaluationPanel>("evaluationPanel")->setSource(words);
    find<EvaluationPanel>("evaluationPanel")->setState(words);
    find<BarPlot>("sensitivityPanel")->setMetrics({{"long", name, words}}, "long");
    find<BarPlot>("sensitivityPanel")->setSubtitle(words);
    find<ComparePane>("comparePane")->setNumbers(words);
    find<ComparePane>("comparePane")->setEngine(words);
    find<MeasuredPanel>("measuredPanel")->setState(words);
    find<MeasuredPanel>("measuredPanel")->setScores(words);
    find<LabPanel>("labPanel")->setState(true, words);
    find<LabPanel>("labPanel")->setRows({"metric", name}, {{name, name, {name}}});
    find<SpectrumPanel>("spectrumPanel")->setLosses({name, words});
    find<SpectrumPanel>("spectrumPanel")->setState(true, words);
    find<HeatMapPanel>("heatMapPanel")->setCaption(words);
    auto* recipes = find<RecipeDiffPanel>("recipeDiffPanel");
    recipes->setRecipes({{"a", name}, {"b", words}});
    recipes->setRows({{1, name, name, name, {1, "+1"}, {1, name}}}, name);
    recipes->setSummary(words);
    find<BudgetBar>("budgetBar")->setResult(words);
    find<JobBar>("jobBar")->setJob(words, 0.5, words);
    for (const char* label :
         {"backgroundLabel", "sizeLabel", "memoryLabel", "engineLabel", "savedLabel"})
        find<QLabel>(label)->setText(words);
    window->messages().post(MessageBar::Error, words, "What can be done about it");
}

void TestWindowSizes::noTextWidensIt()
{
    for (const char* screen : kNames) {
        standOn(screen);
        const QSize before = window->size();
        const int least = window->minimumSizeHint().width();
        fillWithLongTexts();
        raiseEach([&](const char* panel) {
            QVERIFY2(window->minimumSizeHint().width() <= std::max(least, before.width()), panel);
            QCOMPARE(window->size(), before);
            const CutTextsWalk walk(*window);
            QVERIFY2(walk.found().isEmpty(), qPrintable(panel + (": " + walk.found().join('\n'))));
        });
    }
    window->messages().clear();
}

void TestWindowSizes::maximisedComesBackWhole()
{
    window->showNormal();
    window->setGeometry(1300, 20, 1200, 700);
    settle();
    window->showMaximized();
    settle();
    const QRect whole = screenNamed("usual")->availableGeometry();
    QCOMPARE(window->geometry(), whole);
    session().undoStack().setClean();
    session().forgetAutosave();
    QSettings().setValue("window/geometry", window->saveGeometry());
    window.reset();

    AppFixture::watchWarnings();
    window = std::make_unique<MainWindow>(makeEngines());
    window->show();
    QVERIFY(QTest::qWaitForWindowExposed(window.get()));
    settle();
    QVERIFY(window->isMaximized());
    QCOMPARE(window->geometry(), whole);
    openSample(session());
    TRY_IDLE();
    settle();
    QVERIFY(window->isMaximized());
    QCOMPARE(window->geometry(), whole); // opening a model restores the panels, not the window
    window->showNormal();
    settle();
    QCOMPARE(window->size(), QSize(1200, 700));
}

int main(int argc, char** argv)
{
    const QTemporaryDir folder;
    QFile screens(folder.filePath("screens.json"));
    if (!screens.open(QIODevice::WriteOnly) || screens.write(kScreens) < 0)
        return 1;
    screens.close();
    qputenv("QT_QPA_PLATFORM", "offscreen:configfile=" + screens.fileName().toLocal8Bit());
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestWindowSizes test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_window_sizes.moc"
