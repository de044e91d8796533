// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/model_texts.h"

#include <QAction>
#include <QActionGroup>
#include <QKeySequence>
#include <QList>
#include <QObject>

#include <functional>

class QMenu;
class QToolBar;

namespace bitloom {

class WindowFrame;

/// The window's menus and what is in them; the command palette lists the same actions.
class Actions : public QObject {
    Q_OBJECT

public:
    explicit Actions(WindowFrame& window);

    QAction* open = nullptr;
    QAction* save = nullptr;
    QAction* analyse = nullptr;
    QAction* exportModel = nullptr;
    QAction* palette = nullptr;
    /// Of every panel, as in the menu View.
    const QList<QAction*>& panelActions() const { return m_panels; }

    /// Gives the buttons of a toolbar their actions' names, for tests and screen readers.
    static void nameButtons(QToolBar* bar);

private:
    /// When an action can be used.
    enum class Needs { Nothing, Model, RunnableModel, Selection, Job };

    QMenu* menu(const QString& name, const QString& title);
    QAction* add(QMenu* into, const QString& name, const QString& text,
                 const QKeySequence& shortcut, Needs needs, std::function<void()> action);
    void buildFile();
    void buildEdit();
    void buildLayers();
    void buildMethods(QMenu* layers);
    void buildAnalyse();
    void buildTexts(QMenu* into);
    void buildTargets(QMenu* into);
    void buildView();
    void buildThemes(QMenu* into);
    void buildHelp();
    void fillRecent(QMenu* into);
    void fillSchemes(QMenu* into);
    void forgetOffers();
    void fillActivationSchemes();
    void fillCorrections();
    void checkMethods();
    void connectStates();
    void showStates();
    void fitMeasured();
    void addBackground(QMenu* into);
    void askForText(const QString& title, const std::function<void(const QString&)>& use);
    void chooseText(TextUse use);
    void showTexts();

    WindowFrame& m_window;
    struct Row {
        QAction* action;
        Needs needs;
    };
    QList<Row> m_rows;
    QList<QAction*> m_panels;
    QActionGroup m_targets{this};
    QActionGroup m_themes{this};
    QAction* m_evaluate = nullptr;
    QAction* m_chooseCalibration = nullptr;
    QAction* m_chooseEvaluation = nullptr;
    QMenu* m_schemes = nullptr;
    QMenu* m_methods = nullptr;
    QAction* m_methodParameters = nullptr;
    QMenu* m_activationSchemes = nullptr;
    QMenu* m_corrections = nullptr;
};

} // namespace bitloom
