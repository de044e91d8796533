// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/dialogs/theme.h"
#include "app/window/main_window.h"
#include "tests/app/app_fixture.h"

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QLabel>
#include <QTreeView>

namespace bitloom {

/// A main window and the hands that use it. What is not there fails the running test.
struct WindowDriver {
    std::unique_ptr<MainWindow> window;

    /// A fresh window in the light theme, without a model; warnings are watched.
    void show(const AnalysisSettings& settings)
    {
        AppFixture::watchWarnings();
        applyTheme("light");
        window = std::make_unique<MainWindow>(makeEngines());
        window->resize(1500, 900);
        window->context().analysis.setSettings(settings);
        window->show();
        QVERIFY(QTest::qWaitForWindowExposed(window.get()));
    }

    /// A window with the sample, which few and short windows of text analyse.
    void showSample()
    {
        AnalysisSettings settings;
        settings.context = 32;
        settings.calibrationWindows = 4;
        show(settings);
        openSample(session());
        TRY_IDLE();
    }

    template <class Widget>
    Widget* find(const char* name) const
    {
        auto* found = window->findChild<Widget*>(name);
        if (!found)
            QTest::qFail(qPrintable(QString("there is no %1").arg(name)), __FILE__, __LINE__);
        return found;
    }
    void click(const char* button) const
    {
        QTest::mouseClick(find<QAbstractButton>(button), Qt::LeftButton);
    }
    QString text(const char* label) const { return find<QLabel>(label)->text(); }
    Session& session() const { return window->context().session; }
    bool isIdle() const { return !session().jobs().isBusy(); }
    QModelIndex row(const char* slot) const
    {
        return window->context().layers.indexOf(slotNamed(session(), slot));
    }
    void keyInTree(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) const
    {
        QTest::keyClick(find<QTreeView>("layerTree"), key, modifiers);
    }

    /// Types a budget in bits per weight and clicks Fit.
    void askForFit(double budget) const
    {
        auto* bits = find<QAbstractSpinBox>("budgetBits");
        bits->setFocus();
        bits->selectAll();
        QTest::keyClicks(bits, QLocale().toString(budget, 'f', 2));
        QTest::keyClick(bits, Qt::Key_Tab);
        click("budgetFit");
    }

    void clickRow(const char* slot, Qt::KeyboardModifiers modifiers = {}) const
    {
        auto* view = find<QTreeView>("layerTree");
        const QModelIndex index = shownRow(*view->model(), row(slot));
        if (!index.isValid())
            return QTest::qFail(slot, __FILE__, __LINE__);
        view->scrollTo(index);
        QTest::mouseClick(view->viewport(), Qt::LeftButton, modifiers,
                          view->visualRect(index).center());
    }

private:
    /// The row of the tree's own (filtered, sorted) model that shows a row of the layer model.
    static QModelIndex shownRow(const QAbstractItemModel& model, const QModelIndex& wanted)
    {
        for (int g = 0; g < model.rowCount(); ++g) {
            const QModelIndex group = model.index(g, 0);
            for (int r = 0; group.data() == wanted.parent().data() && r < model.rowCount(group);
                 ++r)
                if (model.index(r, 0, group).data() == wanted.data())
                    return model.index(r, 0, group);
        }
        return {};
    }
};

} // namespace bitloom
