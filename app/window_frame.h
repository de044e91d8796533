// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desk.h"

#include <QHash>
#include <QMainWindow>

class QLabel;
class QStackedWidget;

namespace bitloom {

class BudgetBar;
class CentralPlots;
class CommandPalette;
class JobBar;
class LayerTree;
class MessageBar;
class SelectionHistory;
class WelcomePage;

/// The window but for its menus and toolbar: docks around the central plots (or the welcome page),
/// message bar above, status below, and what menus, toolbar and palette set off.
class WindowFrame : public QMainWindow {
    Q_OBJECT

public:
    explicit WindowFrame(EngineFactory engines);
    ~WindowFrame() override;

    Desk& desk() { return *m_desk; }
    MessageBar& messages() { return *m_messages; }
    SelectionHistory& history() { return *m_history; }
    BudgetBar& budget() { return *m_budget; }
    QDockWidget* dock(const QString& id) const { return m_docks.value(id); }

    /// Asks about an unsaved recipe first, like the next three.
    void openModel(const QString& path);
    void askForModelFile();
    void askForModelFolder();
    void askForRecipe();
    void saveRecipe();
    void saveRecipeAs();
    void exportModel();
    void saveReport();
    void showPreferences();
    void showPalette();
    void restoreDefaultLayout();
    /// Offers what a crash left behind; for a start without a model.
    void offerRestore() { m_desk->session.offerRestore(); }

Q_SIGNALS:
    void recentChanged();

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
    void buildStatusBar();
    void connectBudget();
    void connectSession();
    void modelOpened();
    void showTitle();
    void showBudget();
    void showSize();
    void showActivity();
    void saveLayout();
    void loadLayout();
    LayerTree* layerTree() const;
    /// Runs `then` at once, or after the user saved or discarded the recipe.
    void afterSaving(const std::function<void()>& then);

    std::unique_ptr<Desk> m_desk;
    QStackedWidget* m_stack = nullptr;
    WelcomePage* m_welcome = nullptr;
    MessageBar* m_messages = nullptr;
    JobBar* m_jobBar = nullptr;
    BudgetBar* m_budget = nullptr;
    QLabel* m_sizeLabel = nullptr;
    QLabel* m_memoryLabel = nullptr;
    QLabel* m_engineLabel = nullptr;
    QLabel* m_savedLabel = nullptr;
    QHash<QString, QDockWidget*> m_docks;
    SelectionHistory* m_history = nullptr;
    CommandPalette* m_palette = nullptr;
    QByteArray m_defaultLayout;
    QTimer m_showJob; ///< jobs shorter than a blink are not shown
    bool m_mayClose = false;
    std::function<void()> m_afterSaving; ///< what waits for the recipe to be saved
};

} // namespace bitloom
