# nuwa documents: the papers of a case from its dossier, read back with other programs.
. "$(dirname "$0")/tap.sh"
data=$TMP/site papers=$TMP/papers
ok 'a whole case is played' env NUWA_LANG=zh "$NUWA_SOURCE/examples/case/run" "$data" --nuwa "$NUWA"
ok 'its papers are made' "$NUWA" documents "$data/dossier.zip" -o "$papers" --json --lang zh
is 'the dossier has the same ones' \
    "$(unzip -Z1 "$data/dossier.zip" | sed -n 's|^documents/||p' | sort | tr '\n' ' ')" \
    "$(cd "$papers" && LC_ALL=C ls | sort | tr '\n' ' ')"
unzip -q -d "$TMP/inside" "$data/dossier.zip" 'documents/*'
is 'to the byte' "$(cd "$TMP/inside/documents" && cat order.pdf label.pdf | sha256sum)" \
    "$(cd "$papers" && cat order.pdf label.pdf | sha256sum)"

# The text of a paper, with its lines as they stand.
text()
{
    pdftotext -layout "$1" - 2>&1
}
# What is on the lines that begin with a label.
has() { # name file pattern
    if text "$papers/$2.pdf" | tr -s ' \n' ' ' | grep -q -- "$3"; then
        pass "$1"
    else
        text "$papers/$2.pdf" | sed 's/^/# /'
        fail "$1"
    fi
}

has 'an order has its fields with their units' order '收缩比 0.3 %'
has 'and the words of its choices' order '性别 男'
has 'and its lists' order '主螺钉孔距 14 mm 0.1 mm'
has 'and says whose it is' order '患者标识 ZY-000123'
has 'and that it is for nobody else' order '仅供指定患者使用'
has 'and who signed it' order '主诊医师签订订单 赵主任'
sum=$(unzip -p "$data/dossier.zip" entries.json | jq -r '.[] |
    select(.act == "order.sign_physician") | .signature.statement.records[0].sha256')
is 'and the digest of what was signed' \
    "$(pdftotext "$papers/order.pdf" - | tr -d ' \n' | grep -c "$sum")" 1
has 'pages are numbered' order '第 1 页，共 2 页'
is 'every font is inside' "$(for f in "$papers"/*.pdf; do pdffonts "$f" | sed 1,2d; done |
    awk '{ print $(NF-4) }' | sort -u)" yes

# Req: R-246
has 'the inspection sheet has each key dimension, limit, value, instrument and result' inspection \
    '总长 82.5 mm 0.2 mm 82.6 mm 0.01 mm 0.03 mm CMM-2 合格'
has 'and what the roughness had to be' inspection '骨接触面 30 µm 5 µm 18 µm R-1 合格'
has 'and its inspector' inspection '检验单 郑'
# Req: R-194
has 'the confirmation sheet has its signatures in their order' confirmation-sheet \
    '设计人签确认单.*审核人签确认单.*临床医生签确认单.*生产人员签确认单'
has 'and what was demanded' confirmation-sheet '力学性能要求 .*灭菌消毒要求 '

# Req: R-262
is 'label, instructions and certificate are made' \
    "$(cd "$papers" && ls certificate.pdf instructions.pdf label.pdf | wc -l)" 3
has 'the label has its version' label '标签版本 1'
has 'the instructions have theirs' instructions '版本 1 '
# Req: R-264
has 'the label says that it is only for the named patient' label '仅供指定患者使用 .*患者标识 ZY-000123'
for one in instructions certificate; do
    has "and so does: $one" "$one" '仅供指定患者使用'
done
# Req: R-263
has 'the label says use and site' label '左侧髋臼周围（Ⅱ区）肿瘤切除后重建'
has 'and to check the anatomy' label '手术前须检查解剖结构有无变化'
images=$(unzip -p "$data/dossier.zip" entries.json |
    jq -r '.[] | select(.act == "label.issue") | .form.images_date')
has 'and the date of the images' label "影像获取日期 $images"
has 'and of the design' label "设计完成日期 $images"
lot=$(unzip -p "$data/dossier.zip" entries.json |
    jq -r '.[] | select(.act == "production.start") | .form.lot')
expires=$(unzip -p "$data/dossier.zip" entries.json |
    jq -r '.[] | select(.act == "code.assign") | .form.expires' | cut -c 3- | tr -d -)
is 'the UDI stands there for people' "$(pdftotext "$papers/label.pdf" - | tr -d ' \n' |
    grep -c -F "(01)06901234567892(17)$expires(10)$lot(21)000001")" 1
pdftoppm -r 300 -png "$papers/label.pdf" "$TMP/label"
is 'and a reader finds it in the symbol' \
    "$(dmtxread -n -N1 -m 5000 -G 126 "$TMP/label-1.png")" \
    "~010690123456789217${expires}10$lot~21000001"
pdftoppm -r 300 -png -x 820 -y 0 -W 360 -H 324 "$papers/label.pdf" "$TMP/symbol"
is 'and another reader, as GS1' "$(ZXingReader -format DataMatrix "$TMP/symbol-1.png" |
    sed -n 's/^Identifier: *//p')" ']d2'
case=$(unzip -p "$data/dossier.zip" entries.json | jq -r '.[0].case')
like_case()
{
    pdftoppm -r 300 -png "$1" "$TMP/visit"
    ZXingReader -format QRCode "$TMP/visit-1.png" | sed -n 's/^Text: *//p' | tr -d '"'
}
is 'the QR code names the case' "$(like_case "$papers/label.pdf")" "$case"
ok 'or where it is looked at' "$NUWA" documents "$data/dossier.zip" -o "$TMP/one" --only label \
    --address https://nuwa.hospital.example
is 'it opens there' "$(like_case "$TMP/one/label.pdf")" "https://nuwa.hospital.example/cases/$case"
is 'one paper is one' "$(ls "$TMP/one")" label.pdf

# Req: R-270
has 'the delivery list has patient, code and pieces' delivery \
    '患者标识 ZY-000123 器械唯一识别码 NW-2026-000001 件数 1'
has 'and its items' delivery '定制式半骨盆假体 NW-2026-000001 1'
has 'and that it was compared' delivery '标签与患者一致 是'
# Req: R-294
total=$(unzip -p "$data/dossier.zip" checklist.json | jq -r '.total |
    "总结论 \(if .complete then "完整" else "不完整" end) 具备 \(.present)，缺失 \(.missing)，无效 \(.invalid)"')
has 'the list of completeness has a total' completeness "$total"
is 'and every clause' "$(text "$papers/completeness.pdf" | grep -c -E '具备|不适用|缺失|无效')" \
    "$(($(unzip -p "$data/dossier.zip" checklist.json | jq '.clauses | length') + 1))"

ok 'in English too' "$NUWA" documents "$data/dossier.zip" -o "$TMP/en" --lang en
en=$(text "$TMP/en/order.pdf" | tr -s ' \n' ' ')
case $en in
*'age 46 years'*) pass 'with English labels' ;;
*) fail "with English labels: $en" ;;
esac
err_like 'another paper is refused' 'there is no paper wish; there are consent' \
    "$NUWA" documents "$data/dossier.zip" -o "$TMP/x" --only wish
err_like 'so is what is no dossier' 'the archive cannot be read' \
    "$NUWA" documents "$papers/order.pdf" -o "$TMP/x"
done_testing
