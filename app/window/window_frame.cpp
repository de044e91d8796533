// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window/window_frame.h"

#include "app/dialogs/preferences.h"
#include "app/dialogs/recent_files.h"
#include "app/dialogs/theme.h"
#include "app/document/job_view.h"
#include "app/panels/central_plots.h"
#include "app/panels/panels.h"
#include "app/panels/selection_history.h"
#include "app/window/documents.h"
#include "app/window/window_place.h"
#include "app/words/widget_headers.h"
#include "app/words/words.h"
#include "core/network/architectures/architectures.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QGridLayout>
#include <QLabel>
#include <QMenuBar>
#include <QMimeData>
#include <QScrollArea>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace bitloom {

namespace {

constexpr int kLayoutVersion = 3;
constexpr double kFirstBudgetBits = 4.5;

QLabel* statusLabel(const QString& name, const QString& accessibleName)
{
    auto* label = new ElidedLabel(nullptr, Qt::ElideMiddle);
    label->setObjectName(name);
    label->setAccessibleName(accessibleName);
    label->setContentsMargins(6, 0, 6, 0);
    useTabularFigures(label);
    return label;
}

/// Scrolls what is higher than the window.
QScrollArea* scrolled(QWidget* content)
{
    auto* area = new QScrollArea;
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidgetResizable(true);
    area->setWidget(content);
    return area;
}

/// A share of the window's width, within what is of use.
int widthOf(int window, double share, int least, int most)
{
    return std::clamp(static_cast<int>(window * share), least, most);
}

/// "language models (Llama, GPT-2); classifiers and sentence encoders (BERT)".
QString openable()
{
    QList<QPair<QString, QStringList>> purposes;
    for (const Architecture& architecture : architectures()) {
        const QString purpose = WelcomePage::tr(std::string(architecture.purpose).c_str());
        const QString title = QString::fromStdString(std::string(architecture.title));
        const auto found = std::find_if(purposes.begin(), purposes.end(),
                                        [&](const auto& row) { return row.first == purpose; });
        if (found == purposes.end())
            purposes.append({purpose, {title}});
        else
            found->second.append(title);
    }
    QStringList texts;
    for (const auto& [purpose, titles] : std::as_const(purposes))
        texts.append(WelcomePage::tr("%1 (%2)").arg(purpose, titles.join(", ")));
    return texts.join("; ");
}

} // namespace

WindowFrame::WindowFrame(EngineFactory engines)
    : m_context(std::make_unique<ApplicationContext>(std::move(engines)))
{
    setObjectName("mainWindow");
    setAcceptDrops(true);
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    m_history = new SelectionHistory(*m_context, this);
    m_documents = new Documents(*m_context, this);
    m_context->analysis.setSettings(loadAnalysisSettings());
    buildCentre();
    buildDocks();
    m_budget = new BudgetBar(this);
    buildStatusBar();
    connectBudget();
    connectSession();
    m_palette = new CommandPalette(this);
    showTitle();
}

void WindowFrame::settleLayout()
{
    m_defaultLayout = saveState(kLayoutVersion);
    // Once, before it is shown: a window that is maximised already would be torn out of it.
    restorePlace(*this, QSettings().value("window/geometry").toByteArray());
    loadLayout();
    for (QDockWidget* dock : std::as_const(m_docks))
        dock->hide();
}

WindowFrame::~WindowFrame()
{
    // Views go before what they look at.
    delete m_stack->parentWidget();
    qDeleteAll(std::exchange(m_docks, {}));
}

void WindowFrame::buildCentre()
{
    auto* centre = new QWidget;
    auto* layout = new QVBoxLayout(centre);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_messages = new MessageBar;
    new MenuBarRoom(menuBar(), m_messages);
    m_stack = new QStackedWidget;
    m_stack->setObjectName("centralStack");
    m_welcome = new WelcomePage;
    m_welcome->setRecent(recentFiles());
    m_welcome->setNetworks(openable());
    m_stack->addWidget(scrolled(m_welcome));
    m_plots = new CentralPlots(*m_context, this);
    m_stack->addWidget(scrolled(m_plots));
    layout->addWidget(m_stack, 1);
    setCentralWidget(centre);

    connect(m_welcome, &WelcomePage::openFolderRequested, m_documents,
            &Documents::askForModelFolder);
    connect(m_welcome, &WelcomePage::openFileRequested, m_documents, &Documents::askForModelFile);
    connect(m_welcome, &WelcomePage::openSampleRequested, m_documents,
            [this] { m_documents->openModel("sample"); });
    connect(m_welcome, &WelcomePage::recentRequested, m_documents, &Documents::openModel);
    connect(m_documents, &Documents::recentChanged, m_welcome,
            [this] { m_welcome->setRecent(recentFiles()); });
}

void WindowFrame::buildDocks()
{
    for (const Panel& panel : panels()) {
        auto* dock = new QDockWidget(panelTitle(panel), this);
        dock->setObjectName(panel.id);
        dock->setWidget(panel.make(*m_context, this));
        m_docks[panel.id] = dock;
        addDockWidget(panel.area, dock);
        if (QDockWidget* other = m_docks.value(panel.tabbedWith)) {
            tabifyDockWidget(other, dock);
            other->raise();
        }
    }
}

/// How the room is shared at first: by the size of the window, whichever the screen gave it.
void WindowFrame::shareRoom()
{
    resizeDocks({m_docks["layers"], m_docks["quality"]},
                {widthOf(width(), 0.35, 400, 560), widthOf(width(), 0.28, 350, 460)},
                Qt::Horizontal);
    resizeDocks({m_docks["layers"], m_docks["statistics"]}, {68 * height(), 32 * height()},
                Qt::Vertical);
    resizeDocks({m_docks["quality"], m_docks["compare"]}, {44 * height(), 56 * height()},
                Qt::Vertical);
}

void WindowFrame::buildStatusBar()
{
    auto* jobBar = new JobBar;
    m_jobs = new JobView(*m_context, jobBar);
    m_backgroundLabel = statusLabel("backgroundLabel", tr("Measured in the background"));
    m_backgroundLabel->setEnabled(false); // quiet: nobody waits for it
    m_backgroundLabel->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    // Never both: what is measured in the background has the place of jobs while there are none.
    auto* doing = new QWidget;
    auto* place = new QGridLayout(doing);
    place->setContentsMargins(0, 0, 0, 0);
    place->addWidget(jobBar, 0, 0);
    place->addWidget(m_backgroundLabel, 0, 0);
    statusBar()->addWidget(doing, 1);
    const auto show = [this] {
        m_backgroundLabel->setText(m_context->background.activity());
        m_backgroundLabel->setVisible(m_context->session.jobs().activity().text.isEmpty());
    };
    connect(&m_context->background, &BackgroundMeasuring::activityChanged, m_backgroundLabel, show);
    connect(&m_context->session.jobs(), &Jobs::activityChanged, m_backgroundLabel, show);
    m_sizeLabel = statusLabel("sizeLabel", tr("Size of the file"));
    m_memoryLabel = statusLabel("memoryLabel", tr("Memory needed"));
    m_engineLabel = statusLabel("engineLabel", tr("Engine"));
    m_savedLabel = statusLabel("savedLabel", tr("State of the recipe"));
    for (QLabel* label : {m_sizeLabel, m_memoryLabel, m_engineLabel, m_savedLabel})
        statusBar()->addPermanentWidget(label);
    connect(&m_context->analysis, &Analysis::engineUsed, m_engineLabel,
            [this](const EngineUse& used) { m_engineLabel->setText(Words::device(used)); });
}

void WindowFrame::connectBudget()
{
    m_budget->setFitEnabled(false, tr("Open a model first."));
    for (const Method* method : methods())
        m_budget->addMethod(QString::fromUtf8(method->id()), QString::fromUtf8(method->title()),
                            QString::fromUtf8(method->description()));
    m_budget->setMethod(QString::fromUtf8(kDefaultMethod));
    connect(m_budget, &BudgetBar::fitRequested, this,
            [this] { m_context->analysis.fit(askedFit()); });
    SizeQualityPlot* plot = m_plots->states();
    connect(m_budget, &BudgetBar::budgetChanged, this, &WindowFrame::showBudgetLine);
    connect(m_budget, &BudgetBar::limitsChanged, this, &WindowFrame::showBudgetLine);
    connect(plot, &SizeQualityPlot::budgetDragged, m_budget, &BudgetBar::setMebibytes);
    connect(plot, &SizeQualityPlot::budgetDropped, m_budget, &BudgetBar::requestFit);
    connect(&m_context->measurements, &Measurements::sizeChanged, this, &WindowFrame::showSize);
    connect(m_budget, &BudgetBar::limitsChanged, this, &WindowFrame::measureMemory);
    connect(m_budget, &BudgetBar::refused, m_messages,
            [this](const QString& sentence) { m_messages->post(MessageBar::Info, sentence); });
    connect(&m_context->measurements, &Measurements::predictedChanged, this,
            &WindowFrame::showBudget);
}

FitSettings WindowFrame::askedFit() const
{
    FitSettings settings;
    const BudgetBar::Limits limits = m_budget->limits();
    if (limits.testFlag(BudgetBar::Size) && m_budget->byBytes())
        settings.fileBytes = m_budget->bytes();
    else if (limits.testFlag(BudgetBar::Size))
        settings.bitsPerWeight = m_budget->bits();
    if (limits.testFlag(BudgetBar::Memory))
        settings.memory = {m_budget->memoryBytes(), m_budget->positions()};
    if (limits.testFlag(BudgetBar::Time))
        settings.decode = {m_budget->milliseconds() / 1000, {}};
    settings.methods = {m_budget->method().toStdString()};
    return settings;
}

void WindowFrame::showSize()
{
    const RecipeSize size = *m_context->measurements.size();
    m_budget->setRelation(size.now.quantizableWeights,
                          size.now.fileBytes - size.now.quantizableBytes);
    m_budget->setRange(size.leastBits, size.mostBits,
                       size.unfitRows > 0 ? tr("with rows of %1").arg(size.unfitRows) : QString());
    const qint64 original = m_context->session.model().checkpoint.fileBytes;
    const double share = static_cast<double>(size.now.fileBytes) /
                         static_cast<double>(std::max<qint64>(1, original));
    m_sizeLabel->setText(
        tr("%1 of %2 (%3)")
            .arg(Words::bytes(size.now.fileBytes), Words::bytes(original), Words::percent(share)));
    measureMemory();
}

void WindowFrame::measureMemory()
{
    Session& session = m_context->session;
    session.jobs().retire("memory"); // of limits that no longer count
    m_memoryNow.reset();
    showBudget();
    if (!session.isOpen() || !session.model().runnable() ||
        !m_budget->limits().testFlag(BudgetBar::Memory))
        return;
    session.jobs().start(
        {"memory", {}, JobQueue::Quick}, this,
        [workbench = session.workbench(), recipe = session.recipe(),
         positions = m_budget->positions()](JobProgress&) {
            return std::pair(workbench->opened().memory(recipe, positions),
                             workbench->opened().size(recipe).bitsPerWeight());
        },
        [this](const std::pair<RunMemory, double>& now) {
            m_memoryNow = now.first.total();
            if (std::exchange(m_memoryIsUnset, false))
                suggestMemory(now.first, now.second);
            showBudget();
        });
}

/// About what the recipe would take at the bits of the size budget.
void WindowFrame::suggestMemory(const RunMemory& now, double bits)
{
    const double share = bits > 0 ? std::min(1.0, m_budget->bits() / bits) : 1;
    m_budget->setMemoryBytes(now.states + now.activations +
                             static_cast<int64_t>(share * static_cast<double>(now.weights)));
}

void WindowFrame::showBudget()
{
    const std::optional<RecipeSize> size = m_context->measurements.size();
    if (!size)
        return;
    QString text = tr("now %1 bits").arg(Words::bits(size->now.bitsPerWeight()));
    if (const std::optional<Prediction>& predicted = m_context->measurements.prediction())
        text += (predicted->isQuickEstimate ? tr(", predicted %1 ≈ %2") : tr(", predicted %1 %2"))
                    .arg(Words::quantity(m_context->session.model().graph.output),
                         Words::nats(predicted->range.value));
    if (m_memoryNow)
        text += tr(", %1 of memory").arg(Words::bytes(*m_memoryNow));
    m_budget->setResult(text);
}

void WindowFrame::showBudgetLine()
{
    const QString text = m_budget->sizeText();
    const bool counts = !text.isEmpty();
    m_plots->states()->setBudget(counts ? std::optional(m_budget->mebibytes()) : std::nullopt,
                                 tr("budget %1").arg(text));
}

void WindowFrame::connectSession()
{
    Session& session = m_context->session;
    connect(&session, &Session::aboutToOpen, this, &WindowFrame::letGoOfModel);
    connect(&session, &Session::opened, this, &WindowFrame::modelOpened);
    connect(&session, &Session::fileChanged, this, &WindowFrame::showTitle);
    connect(&session, &Session::message, this,
            [this](Loudness loudness, const QString& sentence, const QString& actionText,
                   const std::function<void()>& action, const QString& about) {
                m_messages->post(static_cast<MessageBar::Kind>(loudness), sentence, actionText,
                                 action, about);
            });
    connect(&session, &Session::resolved, m_messages, &MessageBar::resolve);
}

void WindowFrame::letGoOfModel()
{
    while (QWidget* popup = QApplication::activePopupWidget())
        if (!popup->close())
            break;
    m_memoryNow.reset();
    m_budget->setResult({});
    m_sizeLabel->clear();
}

void WindowFrame::modelOpened()
{
    const Session& session = m_context->session;
    m_messages->forgetDocument(kAboutDocument);
    m_messages->forgetDocument(Session::aboutRestoring(session.model().identity));
    if (m_stack->currentIndex() == 0) {
        m_stack->setCurrentIndex(1);
        for (QDockWidget* dock : std::as_const(m_docks))
            dock->show();
        loadLayout();
    }
    const int64_t longest = defaultWindow(session.model().graph.contextLength);
    m_budget->setRange(1, 32); // until its sizes are known; that of another model says nothing
    m_budget->setBits(kFirstBudgetBits);
    m_budget->setPositions(static_cast<int>(longest), static_cast<int>(longest));
    m_memoryIsUnset = true;
    m_budget->setFitEnabled(session.model().runnable(), Words::sentence(session.model().missing));
    m_memoryLabel->setText(tr("needs %1 of memory").arg(Words::bytes(session.memory().total())));
    m_memoryLabel->setToolTip(tr("Original %1, quantized %2, key/value cache %3")
                                  .arg(Words::bytes(session.memory().original),
                                       Words::bytes(session.memory().quantized),
                                       Words::bytes(session.memory().keyValueCache)));
    m_engineLabel->setText(tr("no engine used yet"));
}

void WindowFrame::showTitle()
{
    const Session& session = m_context->session;
    const bool saved = session.isSaved();
    QString title = tr("Bitloom");
    if (session.isOpen()) {
        const QString recipe = session.recipePath().isEmpty()
                                   ? tr("new recipe")
                                   : Words::fileTitle(session.recipePath());
        title =
            tr("%1 – %2[*] – Bitloom").arg(QString::fromStdString(session.model().name), recipe);
        m_savedLabel->setText(saved ? tr("✓ saved") : tr("● not saved"));
        m_savedLabel->setMinimumWidth(m_savedLabel->sizeHint().width()); // others give way first
    }
    setWindowTitle(title);
    setWindowModified(session.isOpen() && !saved);
}

void WindowFrame::showPreferences()
{
    auto* dialog = new PreferencesDialog(m_context->analysis, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void WindowFrame::showPalette()
{
    m_palette->popUp();
}

void WindowFrame::showJobs()
{
    m_jobs->showList();
}

void WindowFrame::closeEvent(QCloseEvent* event)
{
    if (!m_mayClose && m_context->session.isOpen() && !m_context->session.isSaved()) {
        event->ignore();
        m_documents->afterSaving([this] {
            m_mayClose = true;
            close();
        });
        return;
    }
    saveLayout();
    m_context->session.forgetAutosave();
    m_context->session.jobs().cancelAll();
    event->accept();
}

void WindowFrame::saveLayout()
{
    QSettings settings;
    settings.setValue("window/geometry", saveGeometry());
    if (!m_context->session.isOpen())
        return;
    settings.setValue("window/state", saveState(kLayoutVersion));
    settings.setValue("window/layers", layerTree()->columns()->save());
}

void WindowFrame::loadLayout()
{
    const QSettings settings;
    if (!restoreState(settings.value("window/state").toByteArray(), kLayoutVersion)) {
        restoreState(m_defaultLayout, kLayoutVersion);
        shareRoom();
    }
    if (!layerTree()->columns()->restore(settings.value("window/layers").toByteArray()))
        layerTree()->columns()->showDefaults();
}

LayerTree* WindowFrame::layerTree() const
{
    return static_cast<LayerTree*>(m_docks["layers"]->widget());
}

void WindowFrame::restoreDefaultLayout()
{
    restoreState(m_defaultLayout, kLayoutVersion);
    for (QDockWidget* dock : std::as_const(m_docks))
        dock->setVisible(m_context->session.isOpen());
    shareRoom();
    layerTree()->columns()->showDefaults();
}

void WindowFrame::dragEnterEvent(QDragEnterEvent* event)
{
    const QList<QUrl> urls = event->mimeData()->urls();
    if (urls.size() == 1 && urls.first().isLocalFile())
        event->acceptProposedAction();
}

void WindowFrame::dropEvent(QDropEvent* event)
{
    const QString path = event->mimeData()->urls().first().toLocalFile();
    event->acceptProposedAction();
    m_documents->openDropped(path);
}

} // namespace bitloom
