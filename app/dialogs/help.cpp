// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/help.h"

#include "app/words/glossary.h"
#include "core/quantize/methods/method.h"
#include "core/storage/scheme.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QPushButton>
#include <QTextBrowser>
#include <QUrl>
#include <QVBoxLayout>
#include <QWhatsThisClickedEvent>

namespace bitloom {

namespace {

/// Scheme of a link to an entry of the glossary.
const QString kWord = QStringLiteral("glossary");
const QString kGlossaryPage = QStringLiteral("glossaryPage");

struct Help {
    Q_DECLARE_TR_FUNCTIONS(Help)
};

QString text(std::string_view from)
{
    return QString::fromUtf8(from).toHtmlEscaped();
}

/// The pages, each reachable from each by a link.
QString linksToPages()
{
    return "<p>" +
           QStringList({"<a href=\"page:firstSteps\">" + Help::tr("First steps") + "</a>",
                        "<a href=\"glossary:\">" + Help::tr("Glossary") + "</a>",
                        "<a href=\"page:methods\">" + Help::tr("Methods and figures") + "</a>"})
               .join(QStringLiteral(" · ")) +
           "</p>";
}

/// A link within the glossary moves there; one to another page opens that in place of this.
void follow(const QUrl& link, QTextBrowser* page, QDialog* dialog)
{
    const bool isWord = link.scheme() == kWord;
    const GlossaryEntry* entry = isWord ? glossaryEntry(link.path()) : nullptr;
    if (entry && dialog->objectName() == kGlossaryPage)
        return page->scrollToAnchor(entry->id);
    QWidget* window = dialog->parentWidget();
    dialog->close();
    if (isWord)
        showGlossary(window, link.path());
    else if (link.path() == "methods")
        showMethods(window);
    else
        showFirstSteps(window);
}

QTextBrowser* showPage(QWidget* window, const QString& name, const QString& title,
                       const QString& html)
{
    auto* dialog = new QDialog(window);
    dialog->setObjectName(name);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    dialog->resize(680, 560);
    auto* page = new QTextBrowser;
    page->setObjectName(name + "Text");
    page->setAccessibleName(title);
    page->setOpenLinks(false);
    page->setHtml(linksToPages() + html);
    QObject::connect(page, &QTextBrowser::anchorClicked, dialog,
                     [page, dialog](const QUrl& link) { follow(link, page, dialog); });
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->button(QDialogButtonBox::Close)->setObjectName(name + "Close");
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
    auto* layout = new QVBoxLayout(dialog);
    layout->addWidget(page);
    layout->addWidget(buttons);
    dialog->show();
    return page;
}

QString figuresHtml()
{
    return Help::tr(
        "<h2>Figures</h2>"
        "<p><b>Bits per weight</b>: 8 × stored bytes of the layers that can be quantized, divided "
        "by "
        "their weights; scales and padding are included.</p>"
        "<p><b>Relative error</b>: |ΔW| / |W|, the length of the change against the length of the "
        "weights.</p>"
        "<p><b>Sensitivity</b>: the damage to expect when this layer alone is stored with 4 bits "
        "(int4-g32-sym). It is half the squared change of every weight, weighted by the Fisher "
        "information, of which row and column sums are kept. The Fisher information comes from "
        "one backward pass for each window or sentence of the calibration text, with labels drawn "
        "from the model itself, or for embeddings a random direction. Changes of one row add up or "
        "cancel as the inputs of their columns are correlated; these correlations are measured on "
        "the same text, and what GPTQ does is evaluated on a quarter of it that GPTQ has not "
        "seen. Codes that are best in the mean square make all weights of a layer a little shorter "
        "at once; what that costs is measured by itself.</p>"
        "<p><b>Damage</b>: the KL divergence in nats per token for language models, in nats per "
        "sentence for classifiers, 1 − cosine for embeddings. <b>Predicted</b> is its sum over "
        "all layers, as they would be stored.</p>"
        "<p><b>Measured</b> figures (KL, perplexity and agreement; accuracy and F1; cosine) are "
        "of the evaluation text, quantized against original. The text must not share lines with "
        "the calibration text. For classes, accuracy needs a table with a column of labels.</p>"
        "<p><b>Fit</b>: chooses for every layer that is not locked the scheme that makes the "
        "predicted damage smallest within the budget, and within the limits of its role (Layers, "
        "Limits of the fit). The line in the plot of sizes joins the best "
        "recipes found; drag the budget along it.</p>");
}

/// A link in a "What is this?" goes to the widget that was asked, then to those it is in.
class LinkFollower : public QObject {
public:
    explicit LinkFollower(QWidget& window)
        : QObject(&window)
        , m_window(window)
    {
        window.installEventFilter(this);
    }

    bool eventFilter(QObject*, QEvent* event) override
    {
        if (event->type() != QEvent::WhatsThisClicked)
            return false;
        const QUrl link(static_cast<QWhatsThisClickedEvent*>(event)->href());
        if (link.scheme() != kWord)
            return false;
        showGlossary(&m_window, link.path());
        event->accept();
        return true;
    }

private:
    QWidget& m_window;
};

} // namespace

void showFirstSteps(QWidget* window)
{
    showPage(
        window, "firstStepsPage", Help::tr("First steps"),
        Help::tr(
            "<h2>First steps</h2><ol>"
            "<li><b>Open</b> a model folder, a .gguf or a .safetensors, or the sample.</li>"
            "<li><b>Look</b>: move through the layers; the histogram follows. Drag its clip "
            "handles to cut off outliers.</li>"
            "<li><b>Analyse</b> (F5): what each layer can bear appears as bars.</li>"
            "<li><b>Set bits</b>: select layers or bars and press 2 3 4 5 6 8, or 0 to keep "
            "them as stored; or use the strip below the layers.</li>"
            "<li><b>Fit</b> (F4): enter bits or MiB above and let the program choose. Lock what it "
            "must leave alone. <b>Fit by measuring recipes</b> (F7) goes on from there: it "
            "runs recipes near the predicted best on a text of your own and takes one that is "
            "surely better.</li>"
            "<li><b>Evaluate</b> (F6) and <b>Compare</b>: numbers, and what both models "
            "make of the same words, side by side.</li>"
            "<li><b>Export</b> (Ctrl+Shift+E): the file is read back and compared before the "
            "program says so.</li></ol>"
            "<p>Everything can be undone (Ctrl+Z). Esc stops what is running and keeps what is "
            "done. Ctrl+K finds every command by name.</p>"));
}

void showGlossary(QWidget* window, const QString& word)
{
    QTextBrowser* page = showPage(window, kGlossaryPage, Help::tr("Glossary"),
                                  "<h2>" + Help::tr("Glossary") + "</h2>" + glossaryHtml());
    if (const GlossaryEntry* entry = glossaryEntry(word))
        page->scrollToAnchor(entry->id);
}

void followGlossaryLinks(QWidget& window)
{
    new LinkFollower(window);
}

void showMethods(QWidget* window)
{
    QString html = figuresHtml() + "<h2>" + Help::tr("Methods") + "</h2><dl>";
    for (const Method* method : methods())
        html += "<dt><b>" + text(method->title()) + "</b> (" + text(method->id()) + ")</dt><dd>" +
                text(method->description()) + "</dd>";
    html += "</dl><h2>" + Help::tr("Schemes") + "</h2><dl>";
    for (const Scheme* scheme : schemes())
        html += "<dt><b>" + text(scheme->id()) + "</b></dt><dd>" + text(scheme->description()) +
                "</dd>";
    showPage(window, "methodsPage", Help::tr("Methods and figures"), html + "</dl>");
}

void showAbout(QWidget* window)
{
    showPage(
        window, "aboutPage", Help::tr("About Bitloom"),
        Help::tr("<h2>Bitloom %1</h2><p>A workbench for quantizing neural networks: see where the "
                 "numbers lie, what each layer can bear, set the bits, hear the difference, "
                 "export.</p><p>Free software under the GNU General Public License, version 3 or "
                 "later. It comes without any warranty.</p>")
            .arg(BITLOOM_VERSION));
}

} // namespace bitloom
