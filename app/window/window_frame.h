// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/application_context.h"

#include <QHash>
#include <QMainWindow>

#include <optional>

class QLabel;
class QStackedWidget;

namespace bitloom {

class BudgetBar;
class CentralPlots;
class CommandPalette;
class Documents;
class JobView;
class LayerTree;
class MessageBar;
class SelectionHistory;
class WelcomePage;

/// The window but for its menus and toolbar: docks around the central plots (or the welcome page),
/// messages beside the menus, status below, and what menus, toolbar and palette set off.
class WindowFrame : public QMainWindow {
    Q_OBJECT

public:
    explicit WindowFrame(EngineFactory engines);
    ~WindowFrame() override;

    ApplicationContext& context() { return *m_context; }
    MessageBar& messages() { return *m_messages; }
    SelectionHistory& history() { return *m_history; }
    BudgetBar& budget() { return *m_budget; }
    /// What the budget bar asks of a fit.
    FitSettings askedFit() const;
    QDockWidget* dock(const QString& id) const { return m_docks.value(id); }

    Documents& documents() { return *m_documents; }

    void showPreferences();
    void showPalette();
    /// All that runs or waits, each with a way to stop it.
    void showJobs();
    void restoreDefaultLayout();

protected:
    /// Takes the present arrangement for the default and restores the user's; call it once all bars
    /// are there.
    void settleLayout();
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void buildCentre();
    void buildDocks();
    void shareRoom();
    void buildStatusBar();
    void connectBudget();
    void connectSession();
    /// Nothing that is shown of the model, and no menu that would act on it, stays.
    void letGoOfModel();
    void modelOpened();
    void showTitle();
    void showBudget();
    /// The line in the plot of sizes: where a size is what counts, and in what it was put.
    void showBudgetLine();
    /// What the recipe takes while it runs, where that is a budget.
    void measureMemory();
    void suggestMemory(const RunMemory& now, double bits);
    void showSize();
    void saveLayout();
    void loadLayout();
    LayerTree* layerTree() const;

    std::unique_ptr<ApplicationContext> m_context;
    QStackedWidget* m_stack = nullptr;
    CentralPlots* m_plots = nullptr;
    WelcomePage* m_welcome = nullptr;
    MessageBar* m_messages = nullptr;
    JobView* m_jobs = nullptr;
    BudgetBar* m_budget = nullptr;
    std::optional<int64_t> m_memoryNow; ///< of the recipe, where memory is a budget
    bool m_memoryIsUnset = true;        ///< nobody typed or was shown an amount yet
    QLabel* m_backgroundLabel = nullptr;
    QLabel* m_sizeLabel = nullptr;
    QLabel* m_memoryLabel = nullptr;
    QLabel* m_engineLabel = nullptr;
    QLabel* m_savedLabel = nullptr;
    QHash<QString, QDockWidget*> m_docks;
    SelectionHistory* m_history = nullptr;
    Documents* m_documents = nullptr;
    CommandPalette* m_palette = nullptr;
    QByteArray m_defaultLayout;
    bool m_mayClose = false;
};

} // namespace bitloom
