// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/help.h"
#include "app/document/evaluation_rows.h"
#include "app/panels/panels.h"
#include "app/words/glossary.h"
#include "app/words/whats_this.h"
#include "app/words/widget_headers.h"
#include "tests/app/app_fixture.h"
#include "tests/app/window_driver.h"

#include <QAbstractItemView>
#include <QDialog>
#include <QDockWidget>
#include <QHeaderView>
#include <QRegularExpression>
#include <QScrollBar>
#include <QTextBrowser>
#include <QWhatsThisClickedEvent>

using namespace bitloom;

/// The window's words, and what F1 and "What is this?" say of them.
class TestGlossary : public QObject, private WindowDriver {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void cleanupTestCase() { window.reset(); }

    void namesAreThereOnce();
    void everyLinkHasAnEntry();
    void everyTitleHasAnEntry();
    void f1OpensItAtThePanel();
    void linksLeadFromPageToPage();
    void whatIsThisLeadsToIt();

private:
    /// The titles of all tables that the window and its dialogs have now.
    QStringList columnTitles() const
    {
        QStringList titles;
        for (const auto* view : window->findChildren<QAbstractItemView*>())
            if (view->model() && view->objectName() != "paletteList")
                for (int column = 0; column < view->model()->columnCount(); ++column)
                    titles.append(view->model()->headerData(column, Qt::Horizontal).toString());
        return titles;
    }
    QTextBrowser* page(const char* name) const { return window->findChild<QTextBrowser*>(name); }

    AppFixture m_fixture;
};

void TestGlossary::initTestCase()
{
    show({});
    openSample(session());
}

void TestGlossary::cleanup()
{
    QCOMPARE(AppFixture::takeWarnings(), QStringList());
}

void TestGlossary::namesAreThereOnce()
{
    QVERIFY(glossary().size() > 60);
    for (const GlossaryEntry& entry : glossary()) {
        QVERIFY2(entry.html.size() > 20 && entry.html.endsWith('.'), qPrintable(entry.id));
        for (const QString& name : entry.names + entry.titles)
            QVERIFY2(glossaryEntry(name) == &entry, qPrintable(name));
    }
    QVERIFY(!glossaryEntry("no such word"));
    QVERIFY(!glossaryEntry(""));
}

void TestGlossary::everyLinkHasAnEntry()
{
    static const QRegularExpression link("href=\"glossary:([^\"]+)\"");
    int links = 0;
    for (const GlossaryEntry& entry : glossary())
        for (auto found = link.globalMatch(entry.html); found.hasNext(); ++links) {
            const QString word = found.next().captured(1);
            QVERIFY2(glossaryEntry(word), qPrintable(entry.id + ": " + word));
        }
    QVERIFY(links > 10);
}

void TestGlossary::everyTitleHasAnEntry()
{
    QStringList titles = columnTitles();
    QVERIFY(titles.contains("Sensitivity") && titles.size() > 15);
    for (const auto* dock : window->findChildren<QDockWidget*>())
        titles.append(dock->windowTitle());
    QCOMPARE(titles.count("Evaluation"), 1);
    for (const OutputKind output :
         {OutputKind::NextToken, OutputKind::Class, OutputKind::Embedding})
        for (const EvaluationRow& row : EvaluationRows::of(output, {}, {}))
            titles.append(row.title);
    titles.removeDuplicates();
    titles.removeAll(QString());
    titles.removeAll("1"); // of a column without a title
    QStringList without;
    std::ranges::copy_if(titles, std::back_inserter(without),
                         [](const QString& title) { return !glossaryEntry(title); });
    QVERIFY2(without.isEmpty(), qPrintable(without.join(", ")));
}

void TestGlossary::f1OpensItAtThePanel()
{
    window->dock("spectrum")->show();
    window->dock("spectrum")->raise();
    for (const char* panel : {"layers", "spectrum"}) {
        auto* view = window->dock(panel)->widget();
        (panel == std::string("layers") ? find<QTreeView>("layerTree") : view)->setFocus();
        window->activateWindow();
        const QString title = window->dock(panel)->windowTitle();
        showGlossary(window.get(), title);
        auto* shown = page("glossaryPageText");
        QVERIFY(shown);
        QVERIFY(shown->toPlainText().contains("8 × the stored bytes"));
        const QTextCursor top = shown->cursorForPosition({2, 2});
        QTextCursor line = top;
        line.select(QTextCursor::BlockUnderCursor);
        QVERIFY2(line.selectedText().trimmed().contains(glossaryEntry(title)->names.first()),
                 qPrintable(line.selectedText()));
        delete window->findChild<QDialog*>("glossaryPage");
    }
    auto* tree = find<QTreeView>("layerTree");
    window->activateWindow();
    QTRY_VERIFY(window->isActiveWindow());
    tree->setFocus();
    QTest::keyClick(tree, Qt::Key_F1);
    QVERIFY(page("glossaryPageText"));
    QVERIFY(page("glossaryPageText")->verticalScrollBar()->value() > 0);
    delete window->findChild<QDialog*>("glossaryPage");
}

void TestGlossary::linksLeadFromPageToPage()
{
    showFirstSteps(window.get());
    QVERIFY(page("firstStepsPageText"));
    Q_EMIT page("firstStepsPageText")->anchorClicked(QUrl("glossary:"));
    QTRY_VERIFY(!page("firstStepsPageText"));
    auto* shown = page("glossaryPageText");
    QVERIFY(shown);
    QCOMPARE(shown->verticalScrollBar()->value(), 0);
    Q_EMIT shown->anchorClicked(QUrl("glossary:zero point"));
    QVERIFY(shown->verticalScrollBar()->value() > 0);
    QCOMPARE(page("glossaryPageText"), shown);
    Q_EMIT shown->anchorClicked(QUrl("page:methods"));
    QTRY_VERIFY(!page("glossaryPageText"));
    QVERIFY(page("methodsPageText"));
    delete window->findChild<QDialog*>("methodsPage");
}

void TestGlossary::whatIsThisLeadsToIt()
{
    const QString said = withGlossaryLinks("The damage & its\nscale: damage. A value.");
    QCOMPARE(said, QString("<p>The <a href=\"glossary:damage\">damage</a> &amp; its<br>"
                           "<a href=\"glossary:scale\">scale</a>: damage. A value.</p>"));
    auto* plot = find<QWidget>("sizeQuality");
    QVERIFY(plot->whatsThis().contains("glossary:recipe"));
    QWhatsThisClickedEvent clicked("glossary:recipe");
    QApplication::sendEvent(plot, &clicked);
    QVERIFY(page("glossaryPageText"));
    delete window->findChild<QDialog*>("glossaryPage");
}

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion");
    initWidgetResources();
    TestGlossary test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_glossary.moc"
